"""What clients can't go beyond, as they and the log see it."""

from __future__ import annotations

import json
from signal import SIGTERM

import pytest

from support.command import Outcome, run, serving
from support.frames import TEXT, decode_frames, frame
from support.raw_client import (
    REQUEST,
    connect,
    mask_ports,
    open_client,
    read_to_the_end,
)


def mask(payload):
    """Write a client's text message."""
    return frame(TEXT, payload, masking_key=b"abcd")


def ask(url, request=REQUEST):
    """Ask in vain for a connection; give the response's lines and its body."""
    sock = connect(url)
    sock.sendall(request)
    head, _, body = read_to_the_end(sock).partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body.decode()


@pytest.mark.parametrize(
    ("option", "status", "problem", "wait"),
    [
        pytest.param(
            "--max-connections=1",
            "503 Service Unavailable",
            "full: 1 connections",
            "5",
            id="max-connections",
        ),
        pytest.param(
            "--max-per-ip=1",
            "503 Service Unavailable",
            "full for 127.0.0.1: 1 connections",
            "5",
            id="max-per-ip",
        ),
        pytest.param(
            "--connect-rate=1/h",
            "429 Too Many Requests",
            "too many connections from 127.0.0.1: 1/h",
            "3600",
            id="connect-rate",
        ),
    ],
)
def test_full(option, status, problem, wait):
    """One client too many is told so, and when to come back; the others stay."""
    with serving(option) as (url, running):
        first, _ = open_client(url)
        head, body = ask(url)
        first.sendall(mask(b"still here"))
        assert decode_frames(first.recv(100))[0] == [(0x81, b"still here")]
        first.close()
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr)
    assert head[:2] == [f"HTTP/1.1 {status}", f"Retry-After: {wait}"]
    assert body == f"{problem}\n"
    assert f"wstool: CLIENT rejected: GET /chat HTTP/1.1: {problem}\n" in log


@pytest.mark.parametrize(
    ("option", "payloads", "last"),
    [
        pytest.param(
            "--message-rate=2/h",
            [b"x"] * 3,
            b"\x03\xf0too fast: over 2/h messages",
            id="message-rate",
        ),
        pytest.param(
            "--byte-rate=1K/h",
            [b"x" * 2000] * 3,
            b"\x03\xf0too fast: over 1024/h bytes",
            id="byte-rate",
        ),
        pytest.param(
            "--json",
            [b"{]"],
            b"\x03\xefnot JSON: Expecting property name enclosed in double quotes "
            b"at line 1 column 2",
            id="json",
        ),
    ],
)
def test_messages(option, payloads, last):
    """A client that sends what it mustn't is closed, with the reason."""
    with serving(option) as (url, running):
        sock, _ = open_client(url)
        sock.sendall(b"".join(map(mask, payloads)))
        frames, data = [], b""
        while not frames or frames[-1][0] != 0x88:
            data += sock.recv(65536)
            frames, _ = decode_frames(data)
        sock.close()
        running.wait_for_stderr(b"closed")
        log = mask_ports(running.stderr.decode())
    assert frames[-1] == (0x88, last)
    assert last[2:].decode() in log


def test_schema(tmp_path):
    """A message that doesn't fit the schema is named: what is wrong, and where."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"properties": {"n": {"type": "integer"}}}))
    with serving("-q", "--schema", str(path)) as (url, _):
        assert run("send", url, "-n", "1", '{"n": 1}') == Outcome(0, b'{"n": 1}\n', "")
        outcome = run("send", url, "-n", "1", '{"n": "x"}')
    assert outcome == Outcome(
        9,
        b"",
        "wstool: the peer closed the connection: 1008 (policy violation) "
        "$.n: 'x' is not of type 'integer'\n",
    )


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        pytest.param("--idle-timeout", b"--idle-timeout 0.1 s is over", id="idle"),
        pytest.param("--max-lifetime", b"--max-lifetime 0.1 s is over", id="lifetime"),
    ],
)
def test_time(option, reason):
    """A connection that is over its time is closed with 1001."""
    with serving("-q", option, "0.1") as (url, _):
        sock, _ = open_client(url)
        frames, _ = decode_frames(sock.recv(100))
        sock.close()
    assert frames == [(0x88, b"\x03\xe9" + reason)]


@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest"])
def test_slow_consumer(policy):
    """A slow client that isn't closed misses messages, and the log says how many."""
    size = 100_000
    options = ("--queue-limit", "1M", "--slow-consumer", policy)
    with serving("broadcast", *options) as (url, running):
        slow, sender, reader = (open_client(url)[0] for _ in range(3))
        for _ in range(200):
            sender.sendall(mask(b"x" * size))
            received = 0
            while received < size + 10:
                received += len(reader.recv(size))
        slow.close()
        running.wait_for_stderr(b"missed")
        sender.close()
        reader.close()
        log = running.stderr.decode()
    assert "cut off" not in log
    assert "messages, since it read too slowly" in log


def test_trusted_proxy():
    """Behind a trusted proxy the client's address is the one reported."""
    request = REQUEST[:-2] + b"X-Forwarded-For: 192.0.2.7\r\n\r\n"
    options = ("--trust-proxy", "127.0.0.0/8", "--allow-ip", "192.0.2.0/24")
    with serving(*options) as (url, running):
        sock, head = open_client(url, request)
        sock.close()
        _, body = ask(url)
        running.wait_for_stderr(b"closed")
        log = mask_ports(running.stderr.decode())
    assert head.startswith(b"HTTP/1.1 101 ")
    assert body == "address 127.0.0.1 isn't allowed\n"
    assert "wstool: 192.0.2.7 via CLIENT opened: /chat\n" in log


def test_proxy_protocol():
    """Behind a proxy that says so first, the client's address is the one said."""
    with serving("--proxy-protocol") as (url, running):
        header = b"PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n"
        sock, head = open_client(url, header + REQUEST)
        sock.close()
        sock = connect(url)
        sock.sendall(REQUEST)
        assert read_to_the_end(sock) == b""
        running.wait_for_stderr(b"no PROXY header")
        log = mask_ports(running.stderr.decode())
    assert head.startswith(b"HTTP/1.1 101 ")
    assert "wstool: 192.0.2.7:5000 opened: /chat\n" in log
    assert "wstool: CLIENT rejected: no PROXY header\n" in log


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        pytest.param("--connect-rate", "0", "isn't a rate", id="zero"),
        pytest.param("--message-rate", "10/day", "isn't a rate", id="unit"),
        pytest.param("--message-rate", "fast", "isn't a rate", id="word"),
        pytest.param("--message-rate", "nan", "isn't a rate", id="nan"),
        pytest.param("--byte-rate", "1.5K", "such as 64K/s", id="bytes"),
        pytest.param("--max-connections", "-1", "not in the range", id="negative"),
        pytest.param("--slow-consumer", "wait", "is not one of", id="policy"),
    ],
)
def test_bad_option(option, value, problem):
    """A limit that is none is a usage error."""
    outcome = run("serve", "--port", "0", option, value)

    assert (outcome.status, outcome.stdout) == (2, b"")
    assert problem in outcome.stderr
