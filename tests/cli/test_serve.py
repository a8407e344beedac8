"""The throwaway server, as its user and its clients see it."""

from __future__ import annotations

import os
import re
import socket
import time
from signal import SIGINT, SIGTERM

import pytest

from support.command import Outcome, run, serving, start
from support.frames import TEXT, decode_frames, frame
from support.raw_client import connect, mask_ports, open_client, read_to_the_end


GOING_AWAY = (0x88, b"\x03\xe9")


def test_url_is_the_first_line():
    """Stdout has the URL and nothing else; it accepts connections by then."""
    with serving() as (url, running):
        assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/", url)
        assert run("send", url, "-n", "1", "x") == Outcome(0, b"x\n", "")
        running.send_signal(SIGTERM)
        assert running.wait().stdout == f"{url}\n".encode()


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_stop(number):
    """A signal ends it in good order: clients get 1001, and the status is 0."""
    with serving() as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(number)
        frames, _ = decode_frames(sock.recv(100))
        sock.sendall(frame(0x8, b"\x03\xe9", masking_key=b"abcd"))
        assert read_to_the_end(sock) == b""
        outcome = running.wait(10)
    assert frames == [GOING_AWAY]
    assert outcome.status == 0
    assert mask_ports(outcome.stderr) == (
        "wstool: CLIENT opened: /chat\nwstool: CLIENT closed: 1001 (going away)\n"
    )


def test_stop_with_a_client_that_does_not_answer():
    """The closing handshakes at the end are bounded."""
    with serving("--close-timeout", "0.2") as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(SIGTERM)
        outcome = running.wait(5)
    sock.close()
    assert outcome.status == 0


def test_second_signal():
    """A second signal ends it at once, with the signal's status."""
    with serving("--close-timeout", "60") as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(SIGINT)
        assert decode_frames(sock.recv(100))[0] == [GOING_AWAY]
        running.send_signal(SIGTERM)
        outcome = running.wait(5)
    sock.close()
    assert outcome.status == 143
    assert outcome.stderr.endswith("wstool: stopped by SIGTERM\n")


@pytest.mark.parametrize(
    ("request_", "status", "log"),
    [
        pytest.param(
            b"GET /chat HTTP/1.1\r\nHost: x\r\n\r\n",
            b"426 Upgrade Required",
            "GET /chat HTTP/1.1: missing Connection header",
            id="plain-get",
        ),
        pytest.param(
            b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            b"405 Method Not Allowed",
            "POST /x HTTP/1.1: only GET opens a WebSocket",
            id="post",
        ),
        pytest.param(
            b"\x1b]0;hello\x07 there",
            b"400 Bad Request",
            "not HTTP: \\x1b]0;hello\\x07 there",
            id="garbage",
        ),
        pytest.param(
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"400 Bad Request",
            "a TLS handshake on a port without TLS",
            id="tls",
        ),
    ],
)
def test_rejected(request_, status, log):
    """Whoever speaks no WebSocket gets an HTTP answer, and a line in the log."""
    with serving() as (url, running):
        sock = connect(url)
        sock.sendall(request_)
        sock.shutdown(socket.SHUT_WR)
        answer = read_to_the_end(sock)
        running.wait_for_stderr(b"rejected")
        running.send_signal(SIGTERM)
        outcome = running.wait()
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert mask_ports(outcome.stderr) == f"wstool: CLIENT rejected: {log}\n"


@pytest.mark.parametrize(
    ("options", "own"),
    [
        pytest.param((), False, id="others"),
        pytest.param(("--include-sender",), True, id="include-sender"),
    ],
)
def test_broadcast(options, own):
    """What one client sends, all others get, and itself if that's wanted."""
    with serving("broadcast", *options) as (url, running):
        clients = [open_client(url)[0] for _ in range(3)]
        clients[0].sendall(frame(TEXT, b"hello", masking_key=b"abcd"))
        for client in clients if own else clients[1:]:
            assert client.recv(100) == frame(TEXT, b"hello")
        running.send_signal(SIGTERM)
        frames, rest = decode_frames(clients[0].recv(100))
        for client in clients:
            client.close()
    assert (frames, rest) == ([GOING_AWAY], b"")


def test_broadcast_cuts_off_who_does_not_read():
    """A client over the limit is told from the log, and the others get all."""
    size = 100_000
    with serving("broadcast", "--queue-limit", "1M") as (url, running):
        slow, sender, reader = (open_client(url)[0] for _ in range(3))
        for _ in range(200):
            sender.sendall(frame(TEXT, b"x" * size, masking_key=b"abcd"))
            received = 0
            while received < size + 10:
                received += len(reader.recv(size))
            if b"cut off" in running.stderr:
                break
        running.wait_for_stderr(b"cut off")
        for client in (slow, sender, reader):
            client.close()
    log = mask_ports(running.stderr.decode())
    assert re.search(
        r"^wstool: CLIENT cut off: reads too slowly: \d+ bytes wait for it$",
        log,
        re.MULTILINE,
    )


@pytest.mark.parametrize(
    ("redirect", "status", "stderr"),
    [
        pytest.param(
            ">/dev/full",
            12,
            "wstool: can't write to stdout: no space left on device\n",
            id="full",
        ),
    ],
)
def test_url_cannot_be_written(redirect, status, stderr):
    """Without its first line nobody knows where it is: it ends."""
    outcome = run("serve", "--port", "0", redirect=redirect)
    assert outcome == Outcome(status, b"", stderr)


def test_nobody_reads_the_url():
    """Nor does anybody where stdout's reader is gone: 141, quiet."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        assert run("serve", "--port", "0", stdout=theirs) == Outcome(141, b"", "")
    finally:
        os.close(theirs)


def test_closed_streams():
    """It serves with all three streams closed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with start("serve", "--port", str(port), redirect="<&- >&- 2>&-") as running:
        outcome = None
        while outcome is None or outcome.status == 3:
            assert running.process.poll() is None
            outcome = run("send", f"127.0.0.1:{port}", "-n", "1", "x")
    assert outcome == Outcome(0, b"x\n", "")


def test_blocked_log():
    """A stderr that nobody reads holds up no client."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    try:
        while True:
            os.write(theirs, b"x" * 65536)
    except BlockingIOError:
        os.set_blocking(theirs, True)
    with start("serve", "--port", "0", stderr=theirs) as running:
        running.wait_for_stdout(b"\n")
        url = running.stdout.decode().strip()
        started = time.monotonic()
        outcomes = [run("send", url, "-n", "1", "x") for _ in range(3)]
        elapsed = time.monotonic() - started
    os.close(ours)
    os.close(theirs)
    assert outcomes == [Outcome(0, b"x\n", "")] * 3
    # Six lines: the log is waited for once, for a second.
    assert elapsed < 4
