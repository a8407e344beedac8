"""Options that say what is inspected and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._color import color_option
from wstool.cli._frames.formats import FrameFormat
from wstool.cli._messages import jsonl_option, prefer_short
from wstool.cli._render import point_at
from wstool.services.inspector import (
    Direction,
    InspectedFrame,
    parse_frame_filter,
)
from wstool.streams.hextext import HexInvalid
from wstool.streams.pasted import parse_pasted
from wstool.wire.filtering import FilterInvalid


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
    """Whether violations and remarks are an error."""
    lenient: bool
    """Whether remarks are none."""
    color: str
    raw: bool
    explain: bool
    filter: Callable[[InspectedFrame], bool] | None
    direction: Direction | None
    connection: int | None
    max_payload: int | None
    stats: bool
    write: str | None
    """Path of a capture to write."""
    listen: tuple[str, int] | None
    """Address of a proxy; None for none."""
    tls: bool
    """Whether its clients speak TLS, whatever its certificate."""
    tls_cert: str | None
    tls_key: str | None


def inspect_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``inspect``; they come as ``arguments``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "arguments", _make, _FIELDS)


def _make(
    *,
    runs: tuple[bytes, ...],
    masked_by: str | None,
    format: str,
    jsonl: bool,
    direction: str | None,
    **values: Any,
) -> InspectArguments:
    _check_tls(values)
    _check_lenient(values)
    if jsonl:
        meaning = FrameFormat.JSONL.value
        format = prefer_short("format", format, short="jsonl", meaning=meaning)
    return InspectArguments(
        runs=runs,
        sender=None if masked_by is None else _SENDERS[masked_by],
        format=FrameFormat(format),
        direction=None if direction is None else Direction(direction),
        **values,
    )


def _check_lenient(values: dict[str, Any]) -> None:
    """Refuse an option that would do nothing."""
    if values["lenient"] and not values["check"]:
        raise click.UsageError("--lenient needs --check.")


def _check_tls(values: dict[str, Any]) -> None:
    """Refuse options of the proxy's TLS that would do nothing."""
    if values["listen"] is None and (
        values["tls"] or values["tls_cert"] or values["tls_key"]
    ):
        raise click.UsageError("--tls, --tls-cert and --tls-key need --listen.")
    if values["tls_key"] is not None and values["tls_cert"] is None:
        raise click.UsageError("--tls-key needs --tls-cert.")


def _parse_pasted(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[bytes, ...]:
    try:
        return tuple(run for value in values for run in parse_pasted(value))
    except HexInvalid as error:
        raise click.BadParameter(f"{error}.") from error


def _parse_filter(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> Callable[[InspectedFrame], bool] | None:
    if value is None:
        return None
    try:
        return parse_frame_filter(value)
    except FilterInvalid as error:
        raise click.BadParameter(
            f"{error}.{point_at(value, error.position)}"
        ) from error


def _parse_address(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not (port.isascii() and port.isdecimal() and int(port) <= 65535):
        raise click.BadParameter(f"{value!r} has no port from 0 to 65535.")
    return host.strip("[]") or "127.0.0.1", int(port)


_FIELDS = (
    "runs",
    "masked_by",
    "listen",
    "tls",
    "tls_cert",
    "tls_key",
    "format",
    "jsonl",
    "raw",
    "explain",
    "max_payload",
    "filter",
    "direction",
    "connection",
    "stats",
    "check",
    "lenient",
    "write",
    "color",
)
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
        "--listen",
        group="Source",
        metavar="[HOST:]PORT",
        callback=_parse_address,
        help="Be a proxy to the URL's server, and show what passes; 0 for a free port.",
    ),
    option(
        "--tls",
        group="Source",
        is_flag=True,
        help="With --listen: speak TLS to the clients, with a certificate made on the "
        "spot for localhost and this machine.",
    ),
    option(
        "--tls-cert",
        group="Source",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="With --listen: speak TLS to the clients, with this certificate (PEM).",
    ),
    option(
        "--tls-key",
        group="Source",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Key of that certificate, where its file has none.",
    ),
    option(
        "--format",
        group="Frames",
        type=click.Choice([format.value for format in FrameFormat]),
        default=FrameFormat.FULL.value,
        show_default=True,
        help="How frames are shown: each bit, a line each, JSON, the bytes sent in "
        "hex, or those bytes themselves.",
    ),
    jsonl_option("--format jsonl", group="Frames"),
    option(
        "--raw",
        group="Frames",
        is_flag=True,
        help="Dump payloads as they were sent, not unmasked.",
    ),
    option(
        "--explain",
        group="Frames",
        is_flag=True,
        help="Draw the bits of each header, with a word for each field.",
    ),
    option(
        "--max-payload",
        group="Frames",
        metavar="BYTES",
        type=click.IntRange(min=0),
        help="Show this much of each payload, even if that is more than 1 MiB (4 KiB "
        "with --listen, 4 MiB with jsonl, 16 MiB with wire and --write).",
    ),
    option(
        "--filter",
        group="Frames",
        metavar="EXPRESSION",
        callback=_parse_filter,
        help="Show the frames for which this is true, such as 'opcode == close or "
        "length > 1000'. See below.",
    ),
    option(
        "--direction",
        group="Frames",
        type=click.Choice([direction.value for direction in Direction]),
        help="Show what the client sent, or what it received.",
    ),
    option(
        "--connection",
        group="Frames",
        metavar="N",
        type=click.IntRange(min=1),
        help="Show one of several connections.",
    ),
    option(
        "--stats",
        group="Frames",
        is_flag=True,
        help="Add numbers: frames, sizes, overhead, compression, pauses, round trips.",
    ),
    option(
        "--check",
        group="Frames",
        is_flag=True,
        help="Exit with 7 if anything breaks the protocol, or deserves a remark.",
    ),
    option(
        "--lenient",
        group="Frames",
        is_flag=True,
        help="With --check: let remarks pass, of which each is allowed, if strange.",
    ),
    option(
        "--write",
        group="Frames",
        metavar="FILE.pcapng",
        type=click.Path(dir_okay=False, writable=True),
        help="Write what is seen as a capture, for Wireshark.",
    ),
    color_option,
]
