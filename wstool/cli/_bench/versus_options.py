"""The options of a comparison, and which others go with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._bench.options import LoadArguments
from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._options import ClientArguments
from wstool.cli._types import DURATION
from wstool.cli._variables import is_on_command_line, refuse_without, spell_option
from wstool.errors import UsageError
from wstool.services.bench import STAMP_SIZE, Kind, Load, Pace, Supply
from wstool.services.bench.carrier import Carrier
from wstool.wire.opcode import Opcode


__all__ = ["VersusArguments", "make_versus_load", "versus_options"]

_DEFAULT_INTERVAL = 1.0
_INTERVALS = (0.01, 3600.0)
_DEFAULT_RATE = 1.0
_MOST_MESSAGES = 10_000_000
# What goes with a comparison; all else would do nothing.
_FITTING = frozenset(
    {
        *("versus", "poll_interval", "connections", "duration", "count", "rate"),
        *("size", "binary", "drain", "repeat", "report", "fail_if"),
        *("header", "header_command", "user", "bearer", "cookie", "netrc"),
        *("netrc_file", "user_agent", "origin"),
        *("connect_timeout", "max_time", "verbose", "quiet"),
    }
)
_REASONS = {
    "kind": "it measures deliveries",
    "profile": "--rate and --size say what is delivered",
    "workers": "the clients' CPU is that of one process",
    "depth": "messages leave at a rate",
    "compression": "nothing is compressed on either side",
}
_REASON = "its server is one of our own"


class VersusArguments(NamedTuple):
    """What messages are to be carried by, besides WebSocket."""

    carriers: tuple[Carrier, ...]
    """Each once; none without ``--versus``."""
    poll_interval: float


def versus_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a comparison; they come as ``versus``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "versus", _make, ("versus", "poll_interval"))


def make_versus_load(
    arguments: LoadArguments, client: ClientArguments
) -> tuple[Load, Supply]:
    """
    Make the load of a comparison, and its messages.

    Raises:
        WstoolError: If options don't go with it, or a file can't be read.
    """
    _refuse_others()
    # Room for the stamp is made here: it's in front, whatever the messages are.
    supply, _ = arguments._replace(kind=Kind.ECHO.value).make_supply()
    arguments = arguments._replace(kind=Kind.FANOUT.value)
    payloads = [_fit_stamp(payload, supply.opcode) for payload in supply.payloads]
    supply = Supply(supply.opcode, payloads)
    load = arguments.make_load(client, Pace(_DEFAULT_RATE))
    rate = load.rate or _DEFAULT_RATE
    limits = [] if load.limit is None else [load.limit]
    if load.duration is not None:
        limits.append(max(math.ceil(load.duration * rate), 1))
    count = min(limits, default=0)
    if not count:
        raise UsageError("--versus needs an end: -n or -d")
    if count * load.connections > _MOST_MESSAGES:
        problem = f"{count * load.connections:,} deliveries"
        raise UsageError(f"{problem} are more than --versus compares")
    return load._replace(limit=count, duration=None), supply


def _make(versus: tuple[str, ...], poll_interval: float | None) -> VersusArguments:
    carriers = tuple(map(Carrier, dict.fromkeys(versus)))
    if Carrier.POLLING not in carriers:
        refuse_without("--versus polling", ["poll_interval"])
    if poll_interval is None:
        poll_interval = _DEFAULT_INTERVAL
    return VersusArguments(carriers, poll_interval)


def _check_interval(
    ctx: click.Context, param: click.Parameter, value: float | None
) -> float | None:
    low, high = _INTERVALS
    if value is not None and not low <= value <= high:
        raise click.BadParameter(f"{value:g} isn't from {low:g} to {high:g} seconds.")
    return value


def _refuse_others() -> None:
    """Refuse on the command line what would do nothing."""
    ctx = click.get_current_context()
    for param in ctx.command.params:
        name = param.name or ""
        if name in _FITTING or not is_on_command_line(ctx, name):
            continue
        if not isinstance(param, click.Option):
            raise UsageError(
                "--versus takes no URL: it needs a server that speaks both, so it "
                "starts one of its own"
            )
        reason = _REASONS.get(name, _REASON)
        raise UsageError(f"{spell_option(param)} isn't for --versus: {reason}")


def _fit_stamp(payload: bytes, opcode: Opcode) -> bytes:
    """Make room for the stamp, which must not cut a character of a text in two."""
    rest = payload[STAMP_SIZE:]
    if opcode is Opcode.TEXT:
        whole = rest.lstrip(bytes(range(0x80, 0xC0)))
        rest = b"." * (len(rest) - len(whole)) + whole
    return b"." * STAMP_SIZE + rest


_OPTIONS: list[Decorator] = [
    option(
        "--versus",
        group="Options",
        multiple=True,
        type=click.Choice([c.value for c in Carrier if c is not Carrier.WEBSOCKET]),
        help="Compare WebSocket with this, on a server of our own that speaks both: "
        "the same messages, with latency, bytes and CPU. Repeatable.",
    ),
    option(
        "--poll-interval",
        group="Options",
        metavar="SECONDS",
        type=DURATION,
        callback=_check_interval,
        help="With --versus polling: from one poll of a client to its next; 1 by "
        "default.",
    ),
]
