"""The conversation on a terminal: the whole screen, whatever arrives or is typed."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from support.frames import BINARY, TEXT, frame
from support.misbehaving import Peer, accept, answer_close, await_frames, send, wait_for
from support.screen import CTRL_D, paste, terminal


CONNECTED = "wstool: connected to ws://HOST/; Ctrl-D closes, /help lists more"
CLEAR = "\x15"


def toolbar(received="0 0 B", sent="0 0 B"):
    """Write the toolbar of an open connection."""
    return f" open  M:SS  ws://HOST/  < {received}  > {sent}"


def text(payload):
    """Make a text message of the peer's."""
    return send(frame(TEXT, payload.encode()))


@contextmanager
def talking(*script, columns=80, rows=24, environment=None):
    """Talk with a peer that follows a script; give the screen and the peer."""
    with (
        Peer(accept(), *script, answer_close) as peer,
        terminal(
            *("connect", peer.url, "--timestamps", "off"),
            columns=columns,
            rows=rows,
            environment=environment,
        ) as shown,
    ):
        yield shown, peer
        shown.type(CLEAR + CTRL_D)
        assert shown.wait() == 0


def test_typing_while_messages_arrive():
    """What arrives stands above the line, which stays whole, and so does the cursor."""
    arriving = [text(str(number)) for number in range(1, 4)]
    with talking(wait_for, *arriving) as (shown, peer):
        shown.wait_for_screen(CONNECTED, ">", toolbar())
        shown.type("half a sent")
        shown.wait_for_screen(CONNECTED, "> half a sent", toolbar())
        peer.released.set()
        lines = [f"#{n} < text 1 byte  {n}" for n in range(1, 4)]
        shown.wait_for_screen(CONNECTED, *lines, "> half a sent", toolbar("3 3 B"))
        assert shown.cursor == (4, len("> half a sent"))
        shown.type("ence")
        shown.wait_for_screen(CONNECTED, *lines, "> half a sentence", toolbar("3 3 B"))


def test_resized():
    """On 40 by 10 it's readable too, and what is typed is still there."""
    with talking(wait_for, text("hello"), text("x" * 30)) as (shown, peer):
        shown.wait_for_screen(CONNECTED, ">", toolbar())
        shown.type("typed")
        shown.wait_for_screen(CONNECTED, "> typed", toolbar())
        shown.resize(40, 10)
        shown.wait_for_screen("> typed", " open  ws://127.0....  < 0 0 B  > 0 0 B")
        peer.released.set()
        shown.wait_for_screen(
            "#1 < text 5 bytes  hello",
            "#2 < text 30 bytes",
            "x" * 30,
            "> typed",
            " open  ws://127.0...  < 2 35 B  > 0 0 B",
        )
        shown.resize(80, 24)
        shown.wait_for_screen("> typed", toolbar("2 35 B"))


def test_long_line_arrives():
    """A line of 10,000 characters is folded, and unfolded when that's asked for."""
    with talking(text("x" * 9_999 + "z")) as (shown, _):
        shown.wait_for_screen(
            "#1 < text 10000 bytes",
            *["x" * 80] * 20,
            "… /show 1 for all 10000 bytes",
            ">",
            toolbar("1 9.8 KiB"),
        )
        shown.type("/show 1\r")
        shown.wait_for_screen(
            *["x" * 80] * 21, "x" * 79 + "z", ">", toolbar("1 9.8 KiB")
        )


def test_long_line_typed():
    """A line of 10,000 characters can be typed, and goes out whole."""
    line = "".join(f"{number:04} " for number in range(2000))
    with talking(await_frames(1)) as (shown, peer):
        shown.wait_for_screen(CONNECTED, ">", toolbar())
        shown.type(paste(line))
        shown.wait_for("1999")
        assert shown.lines[0] == CONNECTED.replace("HOST", peer.target)
        shown.type("\r")
        shown.wait_for("… /show 1 for all 10000 bytes")
    assert peer.frames[0] == (0x81, line.encode())


def test_wide_and_combining_characters():
    """Characters of two columns and of none stand right, typed and received."""
    said = "世界 e\u0301a\u0308 한국어"
    with talking(text(said)) as (shown, _):
        size = len(said.encode())
        line = f"#1 < text {size} bytes  世界 éä 한국어"
        bar = toolbar(f"1 {size} B")
        shown.wait_for_screen(CONNECTED, line, ">", bar)
        shown.type("한e\u0301界x")
        shown.wait_for_screen(CONNECTED, line, "> 한é界x", bar)
        assert shown.cursor == (2, 2 + 2 + 1 + 2 + 1)
        shown.type("\x7f\x7f")
        shown.wait_for_screen(CONNECTED, line, "> 한é", bar)
        assert shown.cursor == (2, 5)


def test_right_to_left():
    """Right-to-left text is shown as it is; what would turn ours round isn't."""
    said = "שלום مرحبا"
    hostile = "a\u202eb\u2066c"
    with talking(text(said), text(hostile)) as (shown, _):
        shown.wait_for_screen(
            CONNECTED,
            f"#1 < text {len(said.encode())} bytes  {said}",
            "#2 < text 9 bytes  a\\u202eb\\u2066c",
            ">",
            toolbar(f"2 {len((said + hostile).encode())} B"),
        )


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_escape_sequences(opcode):
    """Title, clipboard, cursor, alternate screen: shown, never carried out."""
    hostile = b"\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[2J\x1b[5;5H\x1b[?1049h"
    with talking(send(frame(opcode, hostile))) as (shown, _):
        size = len(hostile)
        if opcode == TEXT:
            visible = r"\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[2J\x1b[5;5H\x1b[?1049h"
            lines = [f"#1 < text {size} bytes", visible]
        else:
            lines = [
                f"#1 < binary {size} bytes",
                "0000  1b 5d 30 3b 74 69 74 6c  65 07 1b 5d 35 32 3b 63  .]0;titl"
                "e..]52;c",
                "0010  3b 61 47 6b 3d 07 1b 5b  32 4a 1b 5b 35 3b 35 48  ;aGk=..["
                "2J.[5;5H",
                "0020  1b 5b 3f 31 30 34 39 68                           .[?1049h",
            ]
        shown.wait_for_screen(CONNECTED, *lines, ">", toolbar(f"1 {size} B"))
    for sequence in (b"\x1b]0;", b"\x1b]52", b"\x1b[?1049h"):
        assert sequence not in shown.raw


def test_paste():
    """A pasted block of 500 lines is one message, and leaves room for others."""
    block = "\n".join(f"line {number}" for number in range(500))
    with talking(wait_for, text("meanwhile"), await_frames(1)) as (shown, peer):
        shown.wait_for_screen(CONNECTED, ">", toolbar())
        shown.type(paste(block))
        tail = [f"  line {number}" for number in range(488, 500)]
        shown.wait_for_screen(CONNECTED, *tail, toolbar())
        peer.released.set()
        shown.wait_for_screen(
            CONNECTED, "#1 < text 9 bytes  meanwhile", *tail, toolbar("1 9 B")
        )
        shown.type("\r")
        shown.wait_for("… /show 2 for all 4389 bytes")
    assert peer.frames[0] == (0x81, block.encode())


def test_json():
    """JSON is laid out, without a change of what it says."""
    with talking(text('{"id":1.50,"tags":["a"],"id":null}')) as (shown, _):
        shown.wait_for_screen(
            CONNECTED,
            "#1 < text 34 bytes",
            "{",
            '  "id": 1.50,',
            '  "tags": [',
            '    "a"',
            "  ],",
            '  "id": null',
            "}",
            ">",
            toolbar("1 34 B"),
        )


@pytest.mark.parametrize(
    "environment",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}],
    ids=["no-color", "dumb"],
)
def test_no_color(environment):
    """Without colour there is none, and everything is still there."""
    with talking(text('{"a":1}'), environment=environment) as (shown, _):
        lines = ["#1 < text 7 bytes", "{", '  "a": 1', "}"]
        shown.wait_for_screen(CONNECTED, *lines, ">", toolbar("1 7 B"))
        assert b"\x1b[3" not in shown.raw.replace(b"\x1b[39", b"")


def test_no_unicode():
    """A terminal of ASCII gets ASCII, and is told of what isn't."""
    with talking(text("grüße"), environment={"LC_ALL": "C"}) as (shown, _):
        shown.wait_for_screen(
            CONNECTED, "#1 < text 7 bytes  gr\\xfc\\xdfe", ">", toolbar("1 7 B")
        )
        assert shown.raw.isascii()
