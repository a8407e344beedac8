"""The table of slash commands."""

from __future__ import annotations

import pytest

from wstool.cli._connect.commands import COMMANDS, find_command, suggest_command

from support.readme import read_table


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/ping", ("ping", "")),
        ("/ping a b", ("ping", "a b")),
        ("/text  a ", ("text", " a ")),
        ("/text a\nb", ("text", "a\nb")),
        ("/text\na b", ("text", "a b")),
        ("/", ("", "")),
    ],
)
def test_find(line, found):
    """A line is a name and the rest."""
    assert find_command(line) == found


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("hlep", "help"),
        ("Quit", "quit"),
        ("st", "stats"),
        ("RESE", "resend"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_suggest(name, suggestion):
    """The nearest name is suggested, if one is near at all."""
    assert suggest_command(name, list(COMMANDS)) == suggestion


@pytest.mark.parametrize("name", COMMANDS)
def test_rows_are_complete(name):
    """Each command has a help that fits beside its usage on 80 columns."""
    command = COMMANDS[name]

    assert command.help[0].islower() and not command.help.endswith(".")
    assert len(command.usage) <= 28
    assert len(command.help) <= 50


def test_needed_arguments():
    """What stands in brackets can be left out."""
    assert COMMANDS["resend"].needs_arguments
    assert not COMMANDS["ping"].needs_arguments
    assert not COMMANDS["stats"].needs_arguments
    assert COMMANDS["save"].needs_arguments
    assert not COMMANDS["close"].needs_arguments


def test_readme():
    """The README's table of slash commands is this one."""
    assert read_table("slash command") == [
        (f"`{command.usage}`", command.help) for command in COMMANDS.values()
    ]
