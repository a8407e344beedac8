"""The options that only the conversation on a terminal has."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._talk_options import TalkArguments, talk_options


@click.command()
@talk_options
def command(talking):
    """Show what the options say."""
    click.echo(repr(talking))


def test_defaults():
    """Without options there is a history, and the time of day before messages."""
    result = CliRunner().invoke(command, [])

    assert result.output == f"{TalkArguments(None, None, 'clock', False, 'auto')!r}\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--timestamps", "unix"], "'unix' is not one of"),
        (["--init", "/nowhere/x"], "File '/nowhere/x' does not exist"),
        (["--record", "/"], "File '/' is a directory"),
        (["--color", "yes"], "'yes' is not one of"),
    ],
)
def test_refused(arguments, problem):
    """What doesn't fit is named."""
    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 2
    assert problem in result.output
