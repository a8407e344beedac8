"""The entry point: one table maps all that can go wrong to a status."""

from __future__ import annotations

import os

import pytest

from support.command import Outcome, run


USAGE = "Usage: wstool [OPTIONS] COMMAND [ARGS]...\n"
TRY = "Try 'wstool --help' for help.\n\n"
# Python runs this when it starts: a bug in the middle of a command.
BUG = """
import wstool.wire.handshake
def fail(key):
    raise RuntimeError("an \\x1b[31mexample")
wstool.wire.handshake.accept_key = fail
"""


def test_no_command():
    """Without a command, the help is an error."""
    outcome = run()
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert outcome.stderr.startswith(USAGE)


def test_unknown_command():
    """An unknown command is a usage error; what was typed can't act on a terminal."""
    assert run("nosuch") == Outcome(
        2, b"", f"{USAGE}{TRY}Error: No such command 'nosuch'.\n"
    )
    assert run("a\x1b[31m").stderr.splitlines()[-1] == (
        "Error: No such command 'a\\x1b[31m'."
    )


def test_bug(tmp_path):
    """A bug has a status of its own, and all that its report needs."""
    (tmp_path / "sitecustomize.py").write_text(BUG)
    outcome = run("key", environment={"PYTHONPATH": str(tmp_path)})
    first, *_, last = outcome.stderr.splitlines()
    assert (outcome.status, outcome.stdout) == (70, b"")
    assert first == "wstool: internal error; please report it with these lines:"
    assert last == "RuntimeError: an \\x1b[31mexample"


@pytest.mark.parametrize(
    ("words", "position", "completions"),
    [
        pytest.param("wstool se", 1, b"plain,send\nplain,serve\n", id="command"),
        pytest.param("wstool send --lin", 2, b"plain,--linger\n", id="option"),
        pytest.param("wstool nosuch x", 2, b"\n", id="unknown"),
    ],
)
def test_completion(words, position, completions):
    """The shell's Tab gets its answer, with status 0."""
    environment = {
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(position),
    }
    assert run(environment=environment) == Outcome(0, completions, "")


def test_unknown_shell():
    """A shell that isn't known is no reader that went away."""
    outcome = run(environment={"_WSTOOL_COMPLETE": "nosuch_source"})
    assert outcome == Outcome(1, b"", "")


def test_completion_that_nobody_reads():
    """A reader that goes away is quiet here too."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        outcome = run(stdout=theirs, environment={"_WSTOOL_COMPLETE": "bash_source"})
    finally:
        os.close(theirs)
    assert outcome == Outcome(141, b"", "")
