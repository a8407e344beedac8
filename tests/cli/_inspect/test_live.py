"""The subcommand ``inspect`` with a URL, as it is installed."""

from __future__ import annotations

import os
import re
import select
import signal

import pytest

from support.command import run, serving, start
from support.frames import PING, TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    await_request,
    end_stream,
    send,
)


def mask(text):
    """Replace what differs from run to run: the keys, the time, the port."""
    text = re.sub(r"masking key( [0-9a-f]{2}){4}", "masking key KEY", text)
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", text)
    text = re.sub(r"after \d+\.\d+ ms", "after DELAY ms", text)
    text = re.sub(r"(Sec-WebSocket-(Key|Accept)): \S+", r"\1: VALUE", text)
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", text)


@pytest.fixture(name="silence")
def _silence():
    """Give a pipe from which nothing ever comes."""
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


REQUEST = """\
> GET / HTTP/1.1
> Host: HOST
> Upgrade: websocket
> Connection: Upgrade
> Sec-WebSocket-Key: VALUE
    16 random bytes in base64, for the server to prove it listens
> Sec-WebSocket-Version: 13
    the version of RFC 6455
> Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
    offers compression: client's window may be limited
"""
RESPONSE = """
< HTTP/1.1 101 Switching Protocols
< Upgrade: websocket
< Connection: Upgrade
< Sec-WebSocket-Accept: VALUE
    right: computed again from the key, it is the same
"""


def test_live():
    """Of a connection the handshake is shown, and every frame both ways."""
    steps = [accept(), await_frames(1), send(frame(PING, b"hi")), await_frames(2)]
    with Peer(*steps, answer_close, await_end) as peer:
        outcome = run("inspect", peer.url, "-d", "Hello", "--linger", "0.2")

    assert (outcome.status, outcome.stderr) == (0, "")
    assert mask(outcome.stdout.decode()) == (
        REQUEST
        + RESPONSE
        + """
#1 > text  length 5 (7 bits)  offset 0  TIME
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 1  masking key KEY
     0000  48 65 6c 6c 6f                                    Hello
     text  Hello

#2 < ping  length 2 (7 bits)  offset 0  TIME
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x9  MASK 0
     0000  68 69                                             hi

#3 > pong  length 2 (7 bits)  offset 11  TIME
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0xa  MASK 1  masking key KEY
     answers #2 after DELAY ms
     0000  68 69                                             hi

#4 > close  length 2 (7 bits)  offset 19  TIME
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x8  MASK 1  masking key KEY
     0000  03 e8                                             ..
     close  1000 (normal closure)

#5 < close  length 2 (7 bits)  offset 4  TIME
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x8  MASK 0
     answers #4
     0000  03 e8                                             ..
     close  1000 (normal closure)
"""
    )


def test_live_with_stdin():
    """Stdin is sent, and compressed frames are those that were negotiated."""
    line = b"x" * 2000
    with serving("echo") as (url, _):
        arguments = ("--format", "summary", "-n", "2")
        outcome = run("inspect", url, *arguments, stdin=b"a\n" + line + b"\n")

    assert (outcome.status, outcome.stderr) == (0, "")
    shown = re.sub(
        r"RSV1( MASK)? +\d+", r"RSV1\1 LENGTH", mask(outcome.stdout.decode())
    )
    assert shown == (
        "> GET / HTTP/1.1\n"
        "< HTTP/1.1 101 Switching Protocols\n"
        "    1 > text         TIME FIN MASK            1  a\n"
        "    2 > text         TIME FIN RSV1 MASK LENGTH  xxxxxxxxxxxxxxxxxxxx...\n"
        "    3 < text         TIME FIN                 1  a\n"
        "    4 < text         TIME FIN RSV1 LENGTH  xxxxxxxxxxxxxxxxxxxx...\n"
        "    5 > close        TIME FIN MASK            2  1000 (normal closure)\n"
        "    6 < close        TIME FIN                 2  1000 (normal closure)\n"
    )


@pytest.mark.parametrize(
    ("steps", "shown", "status", "stderr"),
    [
        pytest.param(
            [accept(), send(frame(TEXT, b"a") + frame(TEXT, rsv=0b010)), await_end],
            "    1 < text         TIME FIN                 1  a\n"
            "    2 < text         TIME FIN RSV2            0\n"
            "      ! RFC 6455, 5.2: RSV2 set, which no negotiated extension "
            "allows\n"
            "    3 > close        TIME FIN MASK           48  1002 "
            "(protocol error...\n",
            7,
            "wstool: the peer broke the protocol: RSV2 set, which no negotiated "
            "extension allows (RFC 6455, 5.2)\n",
            id="violation",
        ),
        pytest.param(
            [accept(), send(frame(TEXT, b"abc")[:-1]), end_stream],
            "    1 < text         TIME FIN                 3  ab\n"
            "< 4 bytes left at offset 0, 1 byte of the frame missing\n",
            8,
            "wstool: connection lost without a close frame (1006): the peer ended the"
            " stream in the middle of a message\n",
            id="cut-off",
        ),
        pytest.param(
            [accept(), send(close_frame(1011, "bye")), await_end],
            "    1 < close        TIME FIN                 5  1011 (internal error...\n"
            "    2 > close        TIME FIN MASK            2  1011 (internal error)\n",
            9,
            "wstool: the peer closed the connection: 1011 (internal error) bye\n",
            id="closed",
        ),
    ],
)
def test_live_endings(silence, steps, shown, status, stderr):
    """Whatever ends a connection, what came before is shown."""
    with Peer(*steps) as peer:
        outcome = run("inspect", peer.url, "--format", "summary", stdin=silence)

    handshake = "> GET / HTTP/1.1\n< HTTP/1.1 101 Switching Protocols\n"
    assert mask(outcome.stdout.decode()) == handshake + shown
    assert (outcome.status, outcome.stderr) == (status, stderr)


def test_refused_handshake():
    """The response of a refusal is shown."""
    response = b"HTTP/1.1 403 No\r\nX: a\x1b\r\nContent-Length: 4\r\n\r\nGo\n\x07"
    with Peer(await_request, send(response), await_end) as peer:
        outcome = run("inspect", peer.url, "-d", "a")

    shown = "\n< HTTP/1.1 403 No\n< X: a\\x1b\n< Content-Length: 4\n"
    assert mask(outcome.stdout.decode()) == REQUEST + shown
    assert outcome.status == 5
    assert outcome.stderr.startswith(
        "wstool: the server refused the handshake: HTTP 403 No\n"
    )


def test_interrupt(silence):
    """Ctrl-C closes the connection, and that is shown."""
    with (
        Peer(accept(), answer_close, await_end) as peer,
        start("inspect", peer.url, "--format", "summary", stdin=silence) as it,
    ):
        it.wait_for_stdout(b"101")
        it.send_signal(signal.SIGINT)
        outcome = it.wait()

    assert outcome.status == 130
    assert mask(outcome.stdout.decode()).splitlines()[2:] == [
        "    1 > close        TIME FIN MASK            2  1000 (normal closure)",
        "    2 < close        TIME FIN                 2  1000 (normal closure)",
    ]


def test_reconnect():
    """Each of several connections is told by its number and its addresses."""
    script = [accept(), send(frame(TEXT, b"a"))]
    options = ("--reconnect", "--reconnect-delay", "0", "-n", "2", "-d", "x")
    with Peer(*script, end_stream, then=([*script, answer_close],)) as peer:
        outcome = run("inspect", peer.url, "--format", "summary", *options)

    shown = mask(outcome.stdout.decode()).splitlines()
    assert outcome.status == 0, outcome
    assert [line for line in shown if line.startswith("--")] == [
        "-- connection 1: HOST > HOST",
        "-- connection 2: HOST > HOST",
    ]


def test_slow_output_stops_the_input():
    """Where nobody reads stdout, stdin isn't read without end."""
    plenty = 48 << 20
    unread, stdout = os.pipe()
    stdin, source = os.pipe()
    os.set_blocking(source, False)
    try:
        with (
            Peer(accept(), await_end) as peer,
            start("inspect", peer.url, stdin=stdin, stdout=stdout) as running,
        ):
            given = write_until_blocked(source, plenty, b"x" * 99 + b"\n")
            running.process.kill()
            running.process.wait()
    finally:
        for descriptor in (unread, stdout, stdin, source):
            os.close(descriptor)

    assert given < plenty


def write_until_blocked(descriptor, limit, line):
    """Write until nothing is taken for a second; give how much was."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    data = line * 1000
    given = 0
    while given < limit and poll.poll(1000):
        given += os.write(descriptor, data)
    return given
