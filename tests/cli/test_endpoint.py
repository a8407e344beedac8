"""Options of both ends of a connection."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._endpoint import (
    add_endpoint_options,
    collect_endpoint,
    subprotocol_option,
)
from wstool.connection.options import EndpointOptions


def take(*arguments):
    """Give what a command with these options gets from arguments."""
    taken = {}

    def command(**values):
        taken.update(values)

    add_endpoint_options(command, max_size="16M")
    run = click.command()(collect_endpoint(command))
    outcome = CliRunner().invoke(run, arguments)
    assert outcome.exit_code == 0, outcome.output
    return taken


def test_defaults():
    """Without options the endpoint has its own defaults, and the size it was given."""
    assert take() == {
        "endpoint": EndpointOptions(max_size=16 << 20),
        "compression": True,
    }


def test_options():
    """Each option sets its field."""
    taken = take(
        *("--max-size", "1K", "--compress-min", "2", "--close-timeout", "0.5"),
        *("--ping-interval", "0", "--ping-timeout", "7", "--no-compression"),
    )

    assert taken == {
        "endpoint": EndpointOptions(
            max_size=1024,
            compress_min=2,
            close_timeout=0.5,
            ping_interval=0,
            ping_timeout=7,
        ),
        "compression": False,
    }


@pytest.mark.parametrize(("name", "status"), [("chat.v2", 0), ("a b", 2), ("a,b", 2)])
def test_subprotocol(name, status):
    """A subprotocol is a token (RFC 6455, 4.1)."""
    command = click.command()(subprotocol_option("Help.")(lambda subprotocol: None))

    assert CliRunner().invoke(command, ["-s", name]).exit_code == status
