"""Options of the server's modes."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values
from wstool.services.hub.mode import ModeOptions


__all__ = ["mode_options"]


def mode_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of modes; they come as ``mode_options``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "mode_options", ModeOptions, _FIELDS)


_FIELDS = ("include_sender",)
_OPTIONS: list[Decorator] = [
    click.option(
        "--include-sender",
        is_flag=True,
        help="With broadcast: send a client its own messages too.",
    ),
]
