"""Options for what is waited for."""

from __future__ import annotations

import re
from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, option
from wstool.cli._types import SECONDS


__all__ = ["expect_options", "wait_options"]


def expect_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``-n/--count`` and ``--until``; they come as ``count`` and ``until``."""
    return add_options(command, _EXPECT_OPTIONS)


def wait_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--reply-timeout`` and ``--linger``; they come by these names."""
    return add_options(command, _WAIT_OPTIONS)


def _compile(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> re.Pattern[str] | None:
    if value is None:
        return None
    try:
        return re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r}: {error}.") from error


_EXPECT_OPTIONS: list[Decorator] = [
    option(
        "-n",
        "--count",
        group="Messages",
        metavar="N",
        type=click.IntRange(min=1),
        help="End after N messages received.",
    ),
    option(
        "--until",
        group="Messages",
        metavar="REGEX",
        callback=_compile,
        help="End after a message in which REGEX is found.",
    ),
]
_WAIT_OPTIONS: list[Decorator] = [
    option(
        "--reply-timeout",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=30,
        show_default=True,
        help="With -n or --until: limit from the last message sent on; 0 for none.",
    ),
    option(
        "--linger",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=1,
        show_default=True,
        help="Else end when nothing came or went for this long; 0: close at once.",
    ),
]
