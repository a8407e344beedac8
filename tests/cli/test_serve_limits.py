"""Options that bound what clients can do."""

from __future__ import annotations

import click
from click.testing import CliRunner

from wstool.cli._serve_limits import ServeLimits, serve_limit_options


def test_serve_limit_options():
    """The limits come as one value."""
    seen = []

    @click.command()
    @serve_limit_options
    def command(limits):
        seen.append(limits)

    CliRunner().invoke(command, ["--queue-limit", "1K"], catch_exceptions=False)

    assert seen == [ServeLimits(queue_limit=1024)]
