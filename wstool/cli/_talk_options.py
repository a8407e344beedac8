"""The options that only the conversation on a terminal has."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._color import color_option


__all__ = ["TalkArguments", "talk_options"]


class TalkArguments(NamedTuple):
    """What the options for the conversation on a terminal say."""

    init: str | None
    record: str | None
    timestamps: str
    no_history: bool
    color: str


def talk_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the conversation; they come as ``talking``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "talking", TalkArguments, TalkArguments._fields)


_OPTIONS: list[Decorator] = [
    option(
        "--init",
        group="Terminal",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Take lines and slash commands from a file first.",
    ),
    option(
        "--record",
        group="Terminal",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Append all that happens to a file, as JSON lines.",
    ),
    option(
        "--timestamps",
        group="Terminal",
        type=click.Choice(["off", "clock", "elapsed", "delta"]),
        default="clock",
        show_default=True,
        help="The time that stands before a message.",
    ),
    option(
        "--no-history",
        group="Terminal",
        is_flag=True,
        help="Keep what is typed in no file.",
    ),
    color_option,
]
