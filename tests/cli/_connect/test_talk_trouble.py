"""The conversation on a terminal: a terminal that takes nothing, and a bug of ours."""

from __future__ import annotations

import os
import signal
import sys

from support.frames import TEXT, frame
from support.misbehaving import Peer, Stream, accept, await_end
from support.screen import CTRL_C, start_terminal, terminal


READY = "Ctrl-D closes, /help lists more"
# Runs the command, in which one thing is broken.
BROKEN = """
import sys
from wstool.__main__ import main
from wstool.cli._connect import actions

def perform(context, line):
    raise ZeroDivisionError("a bug")

actions.perform = perform
sys.argv = ["wstool", "connect", sys.argv[1]]
sys.exit(main())
"""


def pour(stream: Stream) -> None:
    """Send for as long as it's taken."""
    frames = frame(TEXT, b"\x1b" * 500) * 100
    try:
        while True:
            stream.socket.sendall(frames)
    except OSError:
        return


def test_terminal_takes_nothing():
    """A terminal that isn't read doesn't keep a signal from ending it, nor its time."""
    for ending in ("signal", "time"):
        options = ("--max-time", "2") if ending == "time" else ()
        with (
            Peer(accept(), pour) as peer,
            terminal("connect", peer.url, *options) as shown,
        ):
            shown.wait_for("not drawn")
            # From here on nothing is read.
            if ending == "signal":
                shown.send_signal(signal.SIGTERM)
            status = shown.wait_unread()
            assert status == {"signal": 143, "time": 124}[ending]


def test_transcript_takes_nothing(tmp_path):
    """A transcript that isn't taken stops the reading, not the keys; that's told."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with (
            Peer(accept(), pour) as peer,
            terminal("connect", peer.url, "--record", str(path)) as shown,
        ):
            shown.wait_for("not drawn")
            shown.type("typed")
            shown.wait_for_line("> typed")
            shown.type(CTRL_C + CTRL_C)
            shown.wait_for("Ctrl-C again leaves")
            shown.type(CTRL_C)
            assert shown.wait() == 130
            screen = " ".join(" ".join(shown.lines).split())
            assert "bytes not taken in 5 s" in screen
            assert screen.endswith("wstool: stopped by SIGINT")
    finally:
        os.close(reader)


def test_bug():
    """A bug ends it with its own status, and the terminal is as it was."""
    with (
        Peer(accept(), await_end) as peer,
        start_terminal(sys.executable, "-c", BROKEN, peer.url) as shown,
    ):
        before = shown.modes
        shown.wait_for(READY)
        shown.type("x\r")
        assert shown.wait() == 70
        assert shown.modes == before
        assert any("ZeroDivisionError" in line for line in shown.lines)
