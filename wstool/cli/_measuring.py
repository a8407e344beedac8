"""What the commands that measure do alike."""

from __future__ import annotations

import click

from wstool.cli._render import escape_text
from wstool.cli._secret_settings import hide_in_url
from wstool.cli._variables import is_on_command_line
from wstool.wire.uri import WebSocketURI


__all__ = ["hide_reconnecting", "refuse_reconnecting", "render_target"]

_RECONNECTING = (
    "reconnect",
    "max_reconnects",
    "reconnect_delay",
    "reconnect_max_delay",
    "reconnect_on_any",
    "delivery",
    "resend",
)


def refuse_reconnecting(name: str) -> None:
    """
    Refuse the options for reconnecting where they are given by hand.

    A connection that falls is a result here. In a profile or a variable they are for
    the other commands.
    """
    ctx = click.get_current_context()
    for field in _RECONNECTING:
        if is_on_command_line(ctx, field):
            option = next(p for p in ctx.command.params if p.name == field)
            text = f"{option.opts[0]} isn't for {name}: a lost connection is a result."
            raise click.UsageError(text)


def hide_reconnecting(command: click.Command) -> click.Command:
    """Leave the options for reconnecting out of a command's help, and off the Tab."""
    for param in command.params:
        if isinstance(param, click.Option) and param.name in _RECONNECTING:
            param.hidden = True
    return command


def render_target(uri: WebSocketURI) -> str:
    """Render a URL as it may be shown and kept: what looks secret is hidden."""
    return escape_text(hide_in_url(str(uri)))
