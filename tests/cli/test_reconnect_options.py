"""The options for reconnecting."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._reconnect_options import reconnect_options
from wstool.connection.reconnect import ReconnectOptions
from wstool.services.pipe import Proof


def collect(*arguments):
    """Parse options; give what they say."""
    collected = []

    @click.command()
    @reconnect_options
    def command(reconnect):
        collected.append(reconnect)

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return collected[0]


def test_defaults():
    """Without --reconnect there is one connection."""
    assert collect() == (None, Proof.PONG, True)


def test_reconnect():
    """--reconnect alone goes by the defaults."""
    assert collect("--reconnect").policy == ReconnectOptions()


def test_all():
    """Each option says what it is named after."""
    arguments = collect(
        *("--reconnect", "--max-reconnects", "3", "--reconnect-delay", "0.1"),
        *("--reconnect-max-delay", "2", "--reconnect-on-any"),
        *("--delivery", "reply", "--no-resend"),
    )
    assert arguments.policy == ReconnectOptions(3, 0.1, 2.0, True)
    assert (arguments.proof, arguments.resend) == (Proof.REPLY, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--max-reconnects", "0"),
        ("--reconnect-delay", "-1"),
        ("--reconnect-max-delay", "soon"),
        ("--delivery", "hope"),
    ],
)
def test_wrong_values(arguments):
    """What makes no sense is a usage error."""
    command = click.command()(reconnect_options(lambda reconnect: None))
    assert CliRunner().invoke(command, arguments).exit_code == 2
