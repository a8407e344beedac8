"""Options that say what is inspected and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._frames import FrameFormat
from wstool.services.inspector import Direction
from wstool.streams.hextext import HexInvalid
from wstool.streams.pasted import parse_pasted


__all__ = ["InspectArguments", "inspect_options"]

_SENDERS = {"client": Direction.SENT, "server": Direction.RECEIVED}


class InspectArguments(NamedTuple):
    """What the options say of inspecting."""

    runs: tuple[bytes, ...]
    """Bytes to inspect, each run of one direction."""
    sender: Direction | None
    """Direction of all runs; None to tell it from the MASK bits."""
    format: FrameFormat
    check: bool
    """Whether a violation is an error."""
    color: str


def inspect_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``inspect``; they come as ``arguments``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "arguments", _make, _FIELDS)


def _make(
    *,
    runs: tuple[bytes, ...],
    masked_by: str | None,
    format: str,
    check: bool,
    color: str,
) -> InspectArguments:
    return InspectArguments(
        runs=runs,
        sender=None if masked_by is None else _SENDERS[masked_by],
        format=FrameFormat(format),
        check=check,
        color=color,
    )


def _parse_pasted(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[bytes, ...]:
    try:
        return tuple(run for value in values for run in parse_pasted(value))
    except HexInvalid as error:
        raise click.BadParameter(f"{error}.") from error


_FIELDS = ("runs", "masked_by", "format", "check", "color")
_OPTIONS: list[Decorator] = [
    option(
        "--hex",
        "runs",
        group="Source",
        metavar="HEX",
        multiple=True,
        callback=_parse_pasted,
        help="Show the frames that hex, an array, a dump or base64 spells. Repeatable.",
    ),
    option(
        "--masked-by",
        group="Source",
        type=click.Choice([*_SENDERS]),
        help="Which side sent the bytes, where MASK bits don't tell.",
    ),
    option(
        "--format",
        group="Frames",
        type=click.Choice([format.value for format in FrameFormat]),
        default=FrameFormat.FULL.value,
        show_default=True,
        help="How frames are shown: each bit, a line each, or JSON.",
    ),
    option(
        "--check",
        group="Frames",
        is_flag=True,
        help="Exit with 7 if anything breaks the protocol.",
    ),
    option(
        "--color",
        group="Frames",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Whether to use colour; auto is for terminals without NO_COLOR.",
    ),
]
