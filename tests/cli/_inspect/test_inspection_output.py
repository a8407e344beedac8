"""What ``inspect`` does with its output, whatever that is."""

from __future__ import annotations

import json
import os

from support.command import Outcome, run, start
from support.frames import frame


def test_output_that_nobody_reads():
    """The end of stdout's reader ends the command, quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        outcome = run("inspect", "--hex", "8900", stdout=writer)
    finally:
        os.close(writer)

    assert outcome == Outcome(141, b"", "")


def test_output_that_is_not_blocking():
    """All is written to a stdout that others have made non-blocking."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = frame(0x2, bytes(40_000))
    arguments = ("inspect", "-", "--format", "jsonl")
    with start(*arguments, stdin=data, stdout=writer) as running:
        os.close(writer)
        with open(reader, "rb") as stream:
            shown = stream.read()
        outcome = running.wait()

    assert json.loads(shown)["payload"] == data[4:].hex()
    assert outcome == Outcome(0, b"", "")


def test_full_disk():
    """A full disk is an error."""
    with open("/dev/full", "wb") as full:
        outcome = run("inspect", "--hex", "8900", stdout=full)

    assert outcome.status == 12
    assert outcome.stderr == "wstool: can't write to stdout: no space left on device\n"


def test_color_on_a_terminal():
    """A terminal gets colours, unless NO_COLOR is set."""
    assert b"\x1b[1;35m#1 < ping\x1b[m" in show_on_terminal({"NO_COLOR": ""})
    assert b"\x1b" not in show_on_terminal({"NO_COLOR": "1"})
    assert b"\x1b" not in show_on_terminal({"TERM": "dumb", "NO_COLOR": ""})


def show_on_terminal(environment):
    """Show a frame on a terminal; give what that gets."""
    primary, secondary = os.openpty()
    options = {"stdout": secondary, "environment": {"TERM": "xterm", **environment}}
    try:
        assert run("inspect", "--hex", "8900", **options) == Outcome(0, b"", "")
        return os.read(primary, 1 << 16)
    finally:
        os.close(primary)
        os.close(secondary)
