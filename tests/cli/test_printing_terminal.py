r"""
Nothing that a peer sent acts on a terminal, and a pipe gets it as it is.

The bytes are ANSI sequences, C0 and C1 controls (also in their UTF-8 spelling),
bidirectional overrides: what would change a title, a colour or the order of letters.
"""

from __future__ import annotations

import json

import pytest

from support.command import run, serving
from support.frames import BINARY, TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    await_frames,
    end_stream,
    reply,
    send,
)
from support.screen import terminal


EVIL = "\x1b]0;t\x07\x1b[31m\x9b2J\x7f\x08\r‮x\x00"
SHOWN = "\\x1b]0;t\\x07\\x1b[31m\\x9b2J\\x7f\\x08\\r\\u202ex\\x00"


def show(script, *arguments):
    """Run a client command on a terminal; give its status and the lines shown."""
    command, *options = arguments
    with (
        Peer(*script) as peer,
        terminal(command, peer.url, *options, columns=200) as shown,
    ):
        status = shown.wait()
    text = shown.raw.decode()
    assert all(char.isprintable() or char in "\r\n" for char in text)
    return status, text.replace(peer.target, "PEER").split("\r\n")[:-1]


def await_close(stream):
    """Wait for the client's close frame."""
    stream.receive_frames(lambda frames: frames[-1:] and frames[-1][0] == 0x88)


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        pytest.param(("send", "-n", "3", "x"), await_frames(1), id="send"),
        pytest.param(("listen",), send(b""), id="listen"),
    ],
)
def test_text(arguments, first):
    """Text is shown with its controls escaped, but for line ends and tabs."""
    frames = frame(TEXT, EVIL.encode()) + frame(TEXT, b"two\nlines")
    script = [accept(), first, send(frames + close_frame(1011, EVIL))]
    status, lines = show([*script, await_close], *arguments)
    assert (status, lines) == (
        9,
        [
            SHOWN,
            "two",
            "lines",
            f"wstool: the peer closed the connection: 1011 (internal error) {SHOWN}",
        ],
    )


def test_binary():
    """Binary messages are shown as a hexdump."""
    frames = frame(BINARY, b"\x1b[31m\x00\xffabcdefghijklm") + frame(BINARY, b"")
    script = [accept(rest=frames + close_frame(1000)), await_frames(1)]
    assert show(script, "listen", "-q") == (
        0,
        [
            "[binary, 20 bytes]",
            "0000  1b 5b 33 31 6d 00 ff 61  62 63 64 65 66 67 68 69  .[31m..abcdefghi",
            "0010  6a 6b 6c 6d                                       jklm",
            "[binary, 0 bytes]",
        ],
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        pytest.param(["--encoding", "hex"], EVIL.encode().hex(), id="hex"),
        pytest.param(["--encoding", "base64"], None, id="base64"),
        pytest.param(["--jsonl"], None, id="jsonl"),
    ],
)
def test_spelled(options, line):
    """What is spelled in ASCII is the same on a terminal."""
    script = [accept(rest=frame(TEXT, EVIL.encode())), await_frames(1), end_stream]
    status, lines = show(script, "listen", "-q", "-n", "1", *options)
    assert status == 0
    assert line is None or lines == [line]
    assert options != ["--jsonl"] or json.loads(lines[1])["data"] == EVIL


def test_refusal():
    """Status line, headers and body of a refusal are escaped."""
    evil = EVIL.replace("\r", "").encode()
    response = b"HTTP/1.1 403 %s\r\nLocation: %s\r\nX: %s\r\n\r\n%s\r\nend\r\n" % (
        (evil,) * 4
    )
    status, lines = show([reply(response), end_stream], "listen", "-v")
    assert status == 5
    # Headers are Latin-1: each byte shows for itself.
    header = "\\x1b]0;t\\x07\\x1b[31mÂ\\x9b2J\\x7f\\x08â\\x80®x\\x00"
    assert lines[9:] == [
        f"< HTTP/1.1 403 {header}",
        f"< Location: {header}",
        f"< X: {header}",
        "< ",
        f"wstool: the server refused the handshake: HTTP 403 {header}",
        f"  Location: {header}",
        f"  {SHOWN}".replace("\\r", ""),
        "  end",
    ]


def test_garbage():
    """So is what isn't HTTP at all."""
    status, lines = show([reply(EVIL.encode()), end_stream], "listen")
    assert status == 6
    assert lines == [
        "wstool: invalid handshake response: not an HTTP response",
        f"  {SHOWN}",
    ]


def test_pipe():
    """A pipe gets all bytes as they are."""
    frames = frame(TEXT, EVIL.encode()) + close_frame(1000)
    with Peer(accept(rest=frames), await_frames(1)) as peer:
        outcome = run("listen", peer.url, "-q")
    assert outcome == (0, EVIL.encode() + b"\n", "")


def test_log():
    """What a client asks a server for is escaped in the server's log."""
    with serving() as (url, running):
        run("send", f"{url}%1b", "--linger", "0", "x")
        run("send", url, "-H", "Sec-WebSocket-Version: 1\x1b[31m", "x")
        running.wait_for_stderr(b"rejected")
        log = running.stderr
    assert b"\x1b" not in log
