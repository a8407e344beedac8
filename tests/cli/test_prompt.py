"""The conversation on a terminal."""

from __future__ import annotations

import re
import signal

import pytest

from support.command import serving
from support.frames import CLOSE, TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    mark,
    reset,
    send,
    texts,
)
from support.screen import CTRL_C, CTRL_D, terminal


EMBEDDED = r"no URL given, so this talks with an echo server at ws://127\.0\.0\.1:\d+/"


def test_conversation():
    """What is typed goes out, what arrives is shown, Ctrl-D closes politely."""
    with serving("--quiet") as (url, _), terminal("connect", url) as shown:
        shown.wait_for("Ctrl-D closes")
        shown.type("hello\r")
        shown.wait_for_line("hello")
        shown.type("grüße\r")
        shown.wait_for_line("grüße")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        assert shown.lines[:5] == [
            f"wstool: connected to {url}; Ctrl-D closes",
            "> hello",
            "hello",
            "> grüße",
            "grüße",
        ]


def test_conversation_without_url():
    """Without URL a terminal talks with the embedded echo server too."""
    with terminal("connect") as shown:
        shown.wait_for("Ctrl-D closes")
        shown.type("hello\r")
        shown.wait_for_line("hello")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        assert re.fullmatch(f"wstool: {EMBEDDED}", shown.lines[0])
        assert shown.lines[2:4] == ["> hello", "hello"]


def test_ctrl_c():
    """Ctrl-C closes politely too, with the status of an interrupt."""
    script = [accept(), await_frames(1), mark, answer_close, await_end]
    with Peer(*script) as peer, terminal("connect", peer.url) as shown:
        shown.wait_for("Ctrl-D closes")
        shown.type("x\r")
        peer.wait_for_mark()
        shown.type(CTRL_C)

        assert shown.wait() == 130
        assert shown.lines[-1] == "wstool: stopped by SIGINT"
    assert [opcode & 0xF for opcode, _ in peer.frames] == [TEXT, CLOSE]
    assert peer.frames[1][1] == b"\x03\xe8"


@pytest.mark.parametrize("ending", ["key", "signal", "peer", "crash"])
def test_terminal_restored(ending):
    """However it ends, the terminal is as it was."""
    closing = {
        "peer": [await_frames(1), close(1000)],
        "crash": [await_frames(1), reset],
    }.get(ending, [answer_close])
    with Peer(accept(), *closing) as peer, terminal("connect", peer.url) as shown:
        before = shown.modes
        shown.wait_for("Ctrl-D closes")
        shown.wait_for(">")
        assert shown.modes != before
        if ending == "signal":
            shown.send_signal(signal.SIGTERM)
        else:
            shown.type(CTRL_D if ending == "key" else "x\r")

        status = {"key": 0, "signal": 143, "peer": 0, "crash": 8}[ending]
        assert shown.wait() == status
        assert shown.modes == before


def test_closed_with_error():
    """The peer's close code and reason are shown, and make the status."""
    script = [accept(), send(close_frame(4000, "no\x1b[2J luck")), await_frames(1)]
    with Peer(*script) as peer, terminal("connect", peer.url) as shown:
        assert shown.wait() == 9
        closed = r"the peer closed the connection: 4000 (private use) no\x1b[2J luck"
        assert [line for line in shown.lines if closed in line] == [f"wstool: {closed}"]


def test_escape_sequences():
    """What would act on the terminal shows there, and never reaches it raw."""
    hostile = b"\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[?1049h\x9b2J"
    text = frame(TEXT, hostile.replace(b"\x9b", "\x9b".encode()))
    with (
        Peer(accept(), send(text), answer_close) as peer,
        terminal("connect", peer.url) as shown,
    ):
        shown.wait_for("title")
        shown.type(CTRL_D)
        shown.wait()

        visible = r"\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[?1049h\x9b2J"
        assert visible in shown.lines
    assert b"\x1b]0;" not in shown.raw
    assert b"\x1b]52" not in shown.raw
    assert b"\x1b[?1049h" not in shown.raw


def test_binary_message():
    """A binary message shows as a hexdump."""
    binary = frame(0x82, b"\x00\x01\xff")
    with (
        Peer(accept(), send(binary), texts(b"end"), answer_close) as peer,
        terminal("connect", peer.url) as shown,
    ):
        shown.wait_for("end")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        start = shown.lines.index("[binary, 3 bytes]")
        assert shown.lines[start + 1].split() == ["0000", "00", "01", "ff", "..."]


def test_invalid_line():
    """A line that doesn't fit its encoding is refused, and the conversation goes on."""
    with (
        serving("--quiet") as (url, _),
        terminal("connect", url, "--encoding", "hex") as shown,
    ):
        shown.wait_for("Ctrl-D closes")
        shown.type("xyz\r")
        shown.wait_for("wstool: message")
        shown.type("414243\r")
        shown.wait_for_line("414243")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        assert shown.lines.count("414243") == 1


def test_refused():
    """On a terminal too, a connection that can't be made ends with its reason."""
    with terminal("connect", "ws://127.0.0.1:1/") as shown:
        assert shown.wait() == 3
        assert shown.lines == [
            "wstool: can't connect to 127.0.0.1:1: connection refused"
        ]
