"""Options of the server's modes."""

from __future__ import annotations

import click
from click.testing import CliRunner

from wstool.cli._serve_mode import mode_options
from wstool.services.hub.mode import ModeOptions


def test_mode_options():
    """The options of modes come as one value."""
    seen = []

    @click.command()
    @mode_options
    def command(mode_options):
        seen.append(mode_options)

    CliRunner().invoke(command, [], catch_exceptions=False)
    CliRunner().invoke(command, ["--include-sender"], catch_exceptions=False)

    assert seen == [ModeOptions(), ModeOptions(include_sender=True)]
