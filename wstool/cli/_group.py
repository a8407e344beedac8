"""The group of subcommands: a table of contents that loads nothing."""

from __future__ import annotations

from importlib import import_module

import click

from wstool.cli._output import write_stdout
from wstool.cli._status import render_statuses


__all__ = ["CLIENTS", "SUBCOMMANDS", "LazyGroup", "load_subcommand", "wstool"]

SUBCOMMANDS = {
    "connect": "Talk with a server, interactively or through a pipe.",
    "send": "Send messages to URL and print the replies.",
    "listen": "Print the messages that the server at URL sends, until it closes.",
    "serve": "Run a throwaway server until Ctrl-C.",
    "ping": "Measure round trips to the server at URL with pings, until Ctrl-C.",
    "bench": "Make load on the server at URL, and measure what it does.",
    "inspect": "Show frames bit by bit, and each rule that they break.",
    "estimate": "Estimate what a load needs, and what it would need by polling.",
    "profiles": "Show the profiles of the config file, with secrets hidden.",
    "key": "Compute the Sec-WebSocket-Accept of KEY, or make a fresh pair.",
}
"""Subcommands in the order of the help, with their short helps."""

CLIENTS = ("send", "listen", "connect", "ping", "bench", "inspect")
"""Those that connect to a server, and share the options for that."""

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """
    A group whose subcommands are imported when they run.

    The short helps are here too: Click would load every subcommand for ``--help`` and
    for the Tab key. Stand-ins with names and short helps serve those.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the subcommands in the order of the table."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Load the subcommand that is to run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load_subcommand(name) if name and command else command, rest


def load_subcommand(name: str) -> click.Command:
    """Import a subcommand."""
    command = getattr(import_module(f"wstool.cli.{name}"), name)
    if not isinstance(command, click.Command):
        raise AssertionError(f"{name} is no command")
    return command


@click.group(
    cls=LazyGroup,
    commands={
        name: click.Command(name, short_help=short_help)
        for name, short_help in SUBCOMMANDS.items()
    },
    context_settings=_CONTEXT,
    # The mark keeps Click from filling the lines of the table.
    epilog=f"Exit statuses:\n\n\b\n{render_statuses()}",
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=lambda ctx, _param, value: _show_version(ctx) if value else None,
    help="Show the versions of wstool and of what it runs on.",
)
def wstool() -> None:
    """Talk WebSocket on the command line: connect, pipe, serve, inspect, measure."""


def _show_version(ctx: click.Context) -> None:
    from wstool.cli._version import render_versions

    write_stdout(render_versions())
    ctx.exit()
