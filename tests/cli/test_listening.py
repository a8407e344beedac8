"""What the options of a server do to its connections."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from signal import SIGTERM

import pytest

from support.command import Outcome, run, serving, start
from support.frames import decode_frames
from support.raw_client import (
    REQUEST,
    connect,
    mask_ports,
    open_client,
    read_to_the_end,
)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ("--prefer-subprotocol",),
            "--require-subprotocol/--prefer-subprotocol needs --subprotocol.",
            id="subprotocol",
        ),
        pytest.param(
            ("--no-compression", "--compress-min", "1"),
            "--compress-min needs compression.",
            id="compression",
        ),
    ],
)
def test_option_without_effect(arguments, problem):
    """An option that would do nothing is refused."""
    outcome = run("serve", "--port", "0", *arguments)
    assert (outcome.status, problem in outcome.stderr) == (2, True), outcome


def test_port_in_use():
    """A port that is in use: status 3, and nothing on stdout."""
    with serving("-q") as (url, _):
        port = url.rsplit(":", 1)[1].rstrip("/")
        outcome = run("serve", "--port", port)
    assert outcome == Outcome(
        3,
        b"",
        f"wstool: can't listen on 127.0.0.1:{port}: address already in use\n",
    )


def test_handshake():
    """The response agrees to the subprotocol we prefer, and to compression."""
    request = (
        REQUEST[:-2] + b"Sec-WebSocket-Protocol: a, b\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    with serving("-s", "b", "-s", "a", "-q") as (url, _):
        sock, head = open_client(url, request)
        sock.close()
    date = re.compile(rb"Date: [^\r]*\r\n")
    assert len(date.findall(head)) == 1
    assert date.sub(b"", head).decode().split("\r\n") == [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Extensions: permessage-deflate; "
        "server_no_context_takeover; client_no_context_takeover",
        "Sec-WebSocket-Protocol: b",
        "",
        "",
    ]


def test_message_over_the_limit():
    """A message over --max-size closes the connection with 1009, and is logged."""
    with serving("--max-size", "1K") as (url, running):
        outcome = run("send", url, "-n", "1", "x" * 2000, "--no-compression")
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr)
    assert outcome == Outcome(
        9,
        b"",
        "wstool: the peer closed the connection: 1009 (message too big) "
        "message of at least 2000 bytes is over the limit of 1024 bytes\n",
    )
    assert log == (
        "wstool: CLIENT opened: /\n"
        "wstool: CLIENT closed: message of at least 2000 bytes is over the limit of "
        "1024 bytes; --max-size sets the limit\n"
    )


def test_no_compression():
    """With --no-compression the offer is declined."""
    extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    with serving("-q", "--no-compression") as (url, _):
        sock, head = open_client(url, REQUEST[:-2] + extension)
        sock.close()
    assert b"Sec-WebSocket-Extensions" not in head


def test_handshake_timeout():
    """Who doesn't finish the opening handshake is cut off, and logged."""
    with serving("--handshake-timeout", "0.2") as (url, running):
        sock = connect(url)
        sock.sendall(b"GET / HT")
        assert read_to_the_end(sock) == b""
        running.wait_for_stderr(b"\n")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr)
    assert log == (
        "wstool: CLIENT rejected: handshake timed out after 8 bytes of a request\n"
    )


def test_keep_alive():
    """A client that answers no ping is given up; any byte is an answer."""
    with serving("--ping-interval", "0.5", "--ping-timeout", "0.5") as (url, running):
        silent, _ = open_client(url)
        pings, _ = decode_frames(silent.recv(100))
        log = read_to_the_end(silent)
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        stderr = mask_ports(running.wait().stderr)
    assert pings == [(0x89, b"")]
    assert log == b""
    assert stderr == (
        "wstool: CLIENT opened: /chat\n"
        "wstool: CLIENT closed: timed out waiting for a pong (--ping-timeout 0.5 s)\n"
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param("127.0.0.1", r"ws://127\.0\.0\.1:\d+/", id="ipv4"),
        pytest.param("::1", r"ws://\[::1\]:\d+/", id="ipv6"),
    ],
)
def test_host(host, url):
    """The URL is one that a client can use."""
    with serving("-q", "--host", host) as (found, _):
        assert re.fullmatch(url, found)
        assert run("send", found, "-n", "1", "x") == Outcome(0, b"x\n", "")


@contextmanager
def serving_at(*arguments, count):
    """Run a server that prints several URLs; give them and the process."""
    with start("serve", "-q", *arguments) as running:
        # They are written at once.
        running.wait_for_stdout(b"\n")
        assert running.stdout.count(b"\n") == count
        yield running.stdout.decode().splitlines(), running


def test_several_addresses():
    """Each host is served on each port; every URL is printed, and works."""
    hosts = ("--host", "127.0.0.1", "--host", "::1", "--port", "0", "--port", "0")
    with serving_at(*hosts, count=4) as (urls, _):
        outcomes = [run("send", url, "-n", "1", "x") for url in urls]
    assert [re.sub(r"\d+/$", "", url) for url in urls] == [
        "ws://127.0.0.1:",
        "ws://127.0.0.1:",
        "ws://[::1]:",
        "ws://[::1]:",
    ]
    assert outcomes == [Outcome(0, b"x\n", "")] * 4


def test_unix_socket(tmp_path):
    """A Unix socket alone takes no port, and is gone in the end."""
    path = tmp_path / "socket"
    with serving_at("--unix-socket", str(path), count=1) as (urls, running):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        sock.sendall(REQUEST)
        assert sock.recv(1000).startswith(b"HTTP/1.1 101 ")
        sock.close()
        running.send_signal(SIGTERM)
        assert running.wait().status == 0
    assert urls == [f"ws+unix:{path}:/"]
    assert not path.exists()


def test_address_of_another_machine():
    """An address that can't be had: status 3, with the reason."""
    outcome = run("serve", "--host", "192.0.2.1", "--port", "8765")
    assert outcome == Outcome(
        3,
        b"",
        "wstool: can't listen on 192.0.2.1:8765: cannot assign requested address\n",
    )
