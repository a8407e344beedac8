"""Options that bound what clients can do to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values
from wstool.cli._types import BYTES


__all__ = ["ServeLimits", "serve_limit_options"]


class ServeLimits(NamedTuple):
    """What clients can't go beyond."""

    queue_limit: int
    """Bytes that may wait for one client."""


def serve_limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of limits; they come as ``limits``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "limits", ServeLimits, _FIELDS)


_FIELDS = ("queue_limit",)
_OPTIONS: list[Decorator] = [
    click.option(
        "--queue-limit",
        metavar="BYTES",
        type=BYTES,
        default="16M",
        show_default=True,
        help="With broadcast: cut off a client that lets more than this wait.",
    ),
]
