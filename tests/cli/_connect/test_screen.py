"""The terminal: its size, its letters, and what is written to it."""

from __future__ import annotations

import io

import pytest

from wstool.cli._connect.screen import (
    TerminalOutput,
    print_above,
    wants_unicode,
)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
    ],
)
def test_unicode(monkeypatch, environment, wanted):
    """The locale says whether there is more than ASCII, in the order of POSIX."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert wants_unicode() is wanted


@pytest.fixture(name="written")
def make_written():
    """Keep what is written."""
    return []


@pytest.fixture(name="output")
def make_output(written):
    """Make an output that writes to a list."""
    return TerminalOutput(io.StringIO(), written.append)


def test_output(output, written):
    """What is to be written is written at the next flush; escapes of text are not."""
    output.write_raw("\x1b[1m")
    output.write("a\x1bb")
    assert written == []
    output.flush()
    output.flush()

    assert written == ["\x1b[1ma?b"]


def test_held(output, written):
    """What belongs together is written at once, so that nothing flickers."""
    with output.held():
        output.write("a")
        output.flush()
        output.write("b")
        output.flush()

    assert written == ["ab"]


def test_no_question(output, written):
    """The terminal is never asked where its cursor is."""
    assert not output.responds_to_cpr
    assert output.get_rows_below_cursor_position() == 1


def test_print_without_a_line(output, written):
    """Before and after there is a line, text is just written."""

    class Screen:
        """Write to the list."""

        write = staticmethod(written.append)

    class Application:
        """It doesn't run."""

        is_running = False

    print_above(Application(), Screen(), "text\n")

    assert written == ["text\n"]
