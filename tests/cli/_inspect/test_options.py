"""Options of ``inspect``, as they are handed over."""

from __future__ import annotations

import click
from click.testing import CliRunner

from wstool.cli._frames.formats import FrameFormat
from wstool.cli._inspect.options import inspect_options
from wstool.services.inspector import Direction


def collect(*words):
    """Parse options; give what the command gets."""
    found = []

    @click.command()
    @inspect_options
    def command(arguments):
        found.append(arguments)

    outcome = CliRunner().invoke(command, words)
    assert outcome.exit_code == 0, outcome.output
    return found[0]


def test_defaults():
    """Without options, frames are shown in full and violations are no error."""
    arguments = collect()

    assert (arguments.runs, arguments.sender) == ((), None)
    assert (arguments.format, arguments.check) == (FrameFormat.FULL, False)


def test_values():
    """Bytes are read, and the sender's side becomes a direction."""
    arguments = collect(
        "--hex", "89 00", "--hex", "iQA=", "--masked-by", "server", "--check"
    )

    assert arguments.runs == (b"\x89\0", b"\x89\0")
    assert (arguments.sender, arguments.check) == (Direction.RECEIVED, True)
