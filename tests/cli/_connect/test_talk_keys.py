"""The conversation on a terminal: keys, history, suspending, and typing at the end."""

from __future__ import annotations

import re
import stat

import pytest

from support.command import WSTOOL, serving
from support.frames import TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    mark,
    send,
    wait_for,
)
from support.screen import ALT_ENTER, CTRL_C, CTRL_D, CTRL_Z, shell, terminal


READY = "Ctrl-D closes, /help lists more"
PLAIN = ("--timestamps", "off")
CTRL_R, UP, RIGHT, TAB, ESCAPE = "\x12", "\x1b[A", "\x1b[C", "\t", "\x1b"


def keep_in(folder):
    """Make variables that keep what lasts in a folder of the test's."""
    return {"XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def test_closed_while_typing():
    """When the server closes, what is typed stays, and goes out once reconnected."""
    script = [accept(), wait_for, send(close_frame(1001, "bye"))]
    with Peer(*script) as peer, terminal("connect", peer.url, *PLAIN) as shown:
        shown.wait_for(READY)
        shown.type("not lost")
        shown.wait_for_line("> not lost")
        peer.released.set()
        lines = [
            f"wstool: connected to ws://HOST/; {READY}",
            "wstool: the peer closed the connection: 1001 (going away) bye",
            "wstool: Enter reconnects, Ctrl-D leaves",
        ]
        bar = " closed 1001 (going away)  M:SS  ws://HOST/  < 0 0 B  > 0 0 B"
        shown.wait_for_screen(*lines, "> not lost", bar)
        shown.type("\r")
        refused = "wstool: closed, so nothing was sent"
        shown.wait_for_screen(*lines, refused, "> not lost", bar)
        with serving("--quiet") as (url, _):
            shown.type(f"\x01/open {url} \x0b\r")
            shown.wait_for(f"connected to {url}")
            # Ctrl-Y brings back what Ctrl-K took.
            shown.type("\x19\r")
            shown.wait_for_line("#2 < text 8 bytes  not lost")
            shown.type(CTRL_D)
            assert shown.wait() == 0


def test_suspended():
    """Ctrl-Z gives the shell back, and what is typed is there when it's resumed."""
    with serving("--quiet") as (url, _), shell() as shown:
        shown.wait_for("$")
        shown.type(f"{WSTOOL} connect {url} --no-history --timestamps off\r")
        shown.wait_for(READY)
        shown.type("half")
        shown.wait_for_line("> half")
        shown.type(CTRL_Z)
        shown.wait_for("Stopped")
        shown.type("echo $((40 + 2))\r")
        shown.wait_for_line("42")
        shown.type("fg\r")
        shown.wait_for_line("> half")
        shown.type(" and half\r")
        shown.wait_for_line("#2 < text 13 bytes  half and half")
        shown.type(CTRL_D)
        shown.wait_for_line("$")


def test_multiline():
    """Alt-Enter begins a new line; Enter sends all of them as one message."""
    with (
        Peer(accept(), await_frames(1), answer_close) as peer,
        terminal("connect", peer.url) as shown,
    ):
        shown.wait_for(READY)
        shown.type(f"one{ALT_ENTER}two")
        shown.wait_for_line("  two")
        shown.type("\r" + CTRL_D)
        assert shown.wait() == 0
    assert peer.frames[0] == (0x81, b"one\ntwo")


def test_history(tmp_path):
    """What was typed is there the next time, and can be searched and suggested."""
    with serving("--quiet") as (url, _):
        for round_ in range(2):
            with terminal(
                "connect", url, *PLAIN, environment=keep_in(tmp_path)
            ) as shown:
                shown.wait_for(READY)
                if round_ == 0:
                    shown.type("first line\rsecond line\r")
                    shown.type('{"token": "hunter2"}\r')
                    shown.wait_for("#6 <")
                else:
                    shown.type(UP)
                    shown.wait_for_line("> second line")
                    shown.type(UP)
                    shown.wait_for_line("> first line")
                    shown.type(CTRL_C + CTRL_R + "sec")
                    shown.wait_for_line("> second line")
                    shown.type("\r")
                    shown.wait_for_line("> second line")
                    shown.type(CTRL_C + "fir")
                    shown.wait_for_line("> first line")
                    shown.type(RIGHT + "\r")
                    shown.wait_for_line("#2 < text 10 bytes  first line")
                shown.type(CTRL_D)
                assert shown.wait() == 0

    (path,) = (tmp_path / "wstool" / "history").iterdir()
    assert path.name == "127.0.0.1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hunter2" not in path.read_text()
    assert re.findall(r"^\+(.*)", path.read_text(), re.MULTILINE) == [
        "first line",
        "second line",
        "first line",
    ]


def test_no_history(tmp_path):
    """With --no-history nothing that was typed is kept anywhere."""
    with (
        serving("--quiet") as (url, _),
        terminal(
            "connect", url, "--no-history", environment=keep_in(tmp_path)
        ) as shown,
    ):
        shown.wait_for(READY)
        shown.type("x\r")
        shown.wait_for("#2 <")
        shown.type(CTRL_D)
        assert shown.wait() == 0
        assert list(shown.home.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_completion():
    """Commands, values and the keys of the conversation are completed with Tab."""
    with (
        Peer(accept(), send(frame(TEXT, b'{"operation": 1}')), answer_close) as peer,
        terminal("connect", peer.url) as shown,
    ):
        shown.wait_for('"operation": 1')
        shown.type("/st")
        shown.wait_for("/stats  show counts, sizes and round trips")
        shown.type(TAB)
        shown.wait_for_line("> /stats")
        shown.type("\r")
        shown.wait_for("received     1 message, 16 bytes")
        shown.type('{"op' + TAB)
        shown.wait_for_line('> {"operation":')
        shown.type(CTRL_C + CTRL_D)
        assert shown.wait() == 0


def test_snippet(tmp_path):
    """A snippet is sent by its name, and completed like a command."""
    folder = tmp_path / "wstool" / "snippets"
    folder.mkdir(parents=True)
    (folder / "subscribe").write_text("a subscription\n")
    with (
        serving("--quiet") as (url, _),
        terminal("connect", url, *PLAIN, environment=keep_in(tmp_path)) as shown,
    ):
        shown.wait_for(READY)
        shown.type("/sub")
        shown.wait_for("/subscribe  snippet")
        shown.type(TAB)
        shown.wait_for_line("> /subscribe")
        shown.type("\r")
        shown.wait_for_line("#2 < text 14 bytes  a subscription")
        shown.type(CTRL_D)
        assert shown.wait() == 0


def test_unknown_command():
    """A command that doesn't exist is corrected in place; nothing is sent."""
    with (
        Peer(accept(), answer_close) as peer,
        terminal("connect", peer.url) as shown,
    ):
        shown.wait_for(READY)
        shown.type("/stast\r")
        shown.wait_for("did you mean /stats?")
        shown.wait_for_line("> /stast")
        shown.type(CTRL_C + CTRL_D)
        assert shown.wait() == 0
    assert [first & 0xF for first, _ in peer.frames] == [8]


@pytest.mark.parametrize("mode", ["vi", "emacs"])
def test_keys_of_inputrc(tmp_path, mode):
    """The keys are those that readline has, by the user's inputrc."""
    inputrc = tmp_path / "inputrc"
    inputrc.write_text(f"set editing-mode {mode}\n")
    with (
        serving("--quiet") as (url, _),
        terminal(
            "connect", url, *PLAIN, environment={"INPUTRC": str(inputrc)}
        ) as shown,
    ):
        shown.wait_for(READY)
        # To the beginning of the line, and write there.
        shown.type("end" + ESCAPE)
        shown.wait_for_line("> end")
        shown.type("I") if mode == "vi" else shown.type("\x7f\x01")
        shown.type("the \r")
        expected = "the end" if mode == "vi" else "the "
        shown.wait_for_line(f"#2 < text {len(expected)} bytes  {expected}".rstrip())
        shown.type(CTRL_D)
        assert shown.wait() == 0


def test_copy():
    """/copy gives the terminal the message for its clipboard, and nothing else does."""
    with (
        Peer(accept(), send(frame(TEXT, b"copy me")), mark, answer_close) as peer,
        terminal("connect", peer.url, *PLAIN) as shown,
    ):
        shown.wait_for_line("#1 < text 7 bytes  copy me")
        assert b"\x1b]52" not in shown.raw
        shown.type("/copy 1\r")
        shown.wait_for("copied message 1, 7 bytes")
        assert shown.raw.count(b"\x1b]52;c;Y29weSBtZQ==\x07") == 1
        shown.type(CTRL_D)
        assert shown.wait() == 0
