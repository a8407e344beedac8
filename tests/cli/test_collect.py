"""Groups of options that come as one value."""

from __future__ import annotations

from typing import NamedTuple

import click
from click.testing import CliRunner

from wstool.cli._collect import add_options, collect_values


class Pair(NamedTuple):
    """Two values."""

    first: str
    second: str


def make_command():
    """Make a command with two groups of options, of which one is collected."""

    def command(pair, third):
        click.echo(f"{pair} {third}")

    add_options(command, [click.option("--third")])
    add_options(command, [click.option("--first"), click.option("--second")])
    return click.command()(collect_values(command, "pair", Pair, ("first", "second")))


def test_values():
    """The values of a group come as one argument, the others as they are."""
    arguments = ["--third", "c", "--second", "b", "--first", "a"]
    outcome = CliRunner().invoke(make_command(), arguments)

    assert outcome.output == "Pair(first='a', second='b') c\n"


def test_order_of_help():
    """A group stands in the help in its own order, before those added earlier."""
    help_ = CliRunner().invoke(make_command(), ["--help"]).output
    places = [help_.index(name) for name in ("--first", "--second", "--third")]

    assert places == sorted(places)
