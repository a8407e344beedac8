"""Which options of a load do something for which kind."""

from __future__ import annotations

import click

from wstool.cli._variables import is_on_command_line, spell_option
from wstool.errors import UsageError
from wstool.services.bench import Kind


__all__ = ["refuse_idle_options"]

_SENDING = {Kind.ECHO, Kind.SEND, Kind.FANOUT}
# Without a URL, the server of our own sends these.
_WITH_MESSAGES = {*_SENDING, Kind.RECEIVE}
_FITTING = {
    "depth": {Kind.ECHO, Kind.FANOUT},
    "publishers": {Kind.FANOUT},
    "any_reply": {Kind.ECHO},
    "size": _WITH_MESSAGES,
    "binary": _WITH_MESSAGES,
    "profile": {Kind.ECHO, Kind.FANOUT},
    "fragment_size": _SENDING,
    "rate": {*_SENDING, Kind.CONNECT},
    "count": {*_WITH_MESSAGES, Kind.CONNECT},
    "greeting": {*_WITH_MESSAGES, Kind.IDLE},
}


def refuse_idle_options(kind: Kind, *, profile: str | None, rate: float | None) -> None:
    """
    Refuse on the command line what would do nothing.

    In a profile of options or a variable they are for other runs.

    Raises:
        UsageError: If there is any.
    """
    for name, kinds in _FITTING.items():
        if kind not in kinds:
            _refuse(name, f"--kind {kind.value}")
    if profile is not None:
        for name in ("size", "binary"):
            _refuse(name, "--profile, which has messages of its own")
    if rate is not None or profile is not None:
        _refuse("depth", "messages at a rate")


def _refuse(name: str, run: str) -> None:
    ctx = click.get_current_context()
    if is_on_command_line(ctx, name):
        option = next(p for p in ctx.command.params if p.name == name)
        raise UsageError(f"{spell_option(option)} isn't for {run}")
