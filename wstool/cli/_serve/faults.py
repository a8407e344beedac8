"""Options for breaking clients on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._serve.log import ServeLog
from wstool.cli._types import BYTES, DURATION
from wstool.cli._variables import refuse_without
from wstool.connection.faults.options import FaultOptions
from wstool.connection.listen import ListenOptions


__all__ = ["FAULT_HELP", "FaultArguments", "break_clients", "fault_options"]


class FaultArguments(NamedTuple):
    """What the options for faults say."""

    options: FaultOptions | None
    """None without faults."""
    seed: int
    """Start of all random numbers of the server's."""


def fault_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for faults; they come as ``faults``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "faults", _make, _FIELDS)


def break_clients(
    options: ListenOptions, faults: FaultOptions, log: ServeLog
) -> ListenOptions:
    """
    Put faults into what a server sends.

    Nothing is compressed then: the faults are for frames as they are.

    Args:
        log: Is told which faults there are, how to have the same run again, and which
            have struck.
    """
    from wstool.connection.faults.plan import FaultPlan

    change = ", without compression" if options.compression else ""
    log.note(_describe_all(faults) + change)
    plan = FaultPlan(faults, log.event)
    return options._replace(compression=False, wrap_transport=plan.wrap)


def _describe_all(faults: FaultOptions) -> str:
    names = ", ".join(
        name if _FAULTS[name].type is None else f"{name}={value:g}"
        for name, value in faults.values.items()
    )
    return f"faults: {names} (--fault-rate {faults.rate:g} --seed {faults.seed})"


class _Fault(NamedTuple):
    """How a fault is written, and what it does."""

    help: str
    type: click.ParamType[Any] | None = None
    """Type of its value; None if it has none."""
    metavar: str = ""
    default: str = ""
    """The value that it has without one."""


_RSV = click.IntRange(1, 3)
_CODE = click.IntRange(0, 65535)
_STATUS = click.IntRange(200, 999)
_COUNT = click.IntRange(0)
_OPCODE = click.Choice(["3", "4", "5", "6", "7", "11", "12", "13", "14", "15"])
_RATE = click.FloatRange(0.1, 1e9)

_FAULTS = {
    "delay": _Fault("hold a message back", DURATION, "TIME", "100ms"),
    "jitter": _Fault("hold it back for up to so long", DURATION, "TIME", "100ms"),
    "drop": _Fault("leave a message out"),
    "duplicate": _Fault("send a message twice"),
    "reorder": _Fault("send a message behind the next one"),
    "truncate": _Fault("end the stream in the middle of a frame"),
    "drip": _Fault("send no faster than that", _RATE, "BYTES/s", "10"),
    "fragment": _Fault("cut a message into fragments", BYTES, "SIZE", "1"),
    "split-utf8": _Fault("cut a text into fragments inside a character"),
    "bad-utf8": _Fault("put a byte that isn't UTF-8 into a text"),
    "masked": _Fault("mask a frame, as only clients may"),
    "rsv": _Fault("set a reserved bit of a frame: 1, 2 or 3", _RSV, "BIT", "2"),
    "bad-opcode": _Fault("give a frame an opcode without meaning", _OPCODE, "N", "3"),
    "long-length": _Fault("spell a length with more bits than it needs"),
    "oversize-control": _Fault("send a ping of 126 bytes, one too many"),
    "no-pong": _Fault("answer no ping"),
    "ping-flood": _Fault("send so many pings a second", _RATE, "N", "1000"),
    "half-open": _Fault("fall silent in place of a message, the stream open"),
    "reset": _Fault("reset the connection in place of a message"),
    "fin": _Fault("end the stream in place of a message, without a close frame"),
    "close": _Fault("close in place of a message", _CODE, "CODE", "1011"),
    "close-after": _Fault("close (or reset, ...) after N messages", _COUNT, "N", "1"),
    "no-close-reply": _Fault("answer no close frame, until --close-timeout"),
    "bad-accept": _Fault("answer with the Sec-WebSocket-Accept of another key"),
    "wrong-subprotocol": _Fault("choose a subprotocol that nobody offered"),
    "reject": _Fault("refuse the handshake", _STATUS, "STATUS", "503"),
    "slow-handshake": _Fault("spread the 101 over so long", DURATION, "TIME", "5s"),
}


def _describe(name: str, fault: _Fault) -> tuple[str, str]:
    if fault.type is None:
        return name, fault.help
    return f"{name}[={fault.metavar}]", f"{fault.help} [{fault.default}]"


FAULT_HELP = tuple(_describe(name, fault) for name, fault in _FAULTS.items())
"""How each fault is written, and what it does."""


def _parse_faults(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    return dict(_parse_fault(value, param, ctx) for value in values)


def _parse_fault(
    text: str, param: click.Parameter, ctx: click.Context
) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    fault = _FAULTS.get(name)
    if fault is None:
        raise click.BadParameter(f"there is no fault {name!r}.{_suggest(name)}")
    if fault.type is None:
        if equals:
            raise click.BadParameter(f"{name} takes no value.")
        return name, 0.0
    try:
        return name, float(fault.type.convert(value or fault.default, param, ctx))
    except click.BadParameter as error:
        raise click.BadParameter(f"{name}: {error.message}") from error


def _suggest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, _FAULTS, 3)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _make(
    *, fault: dict[str, float], fault_rate: float | None, seed: int | None
) -> FaultArguments:
    if not fault:
        refuse_without("--fault", ["fault_rate"])
    if seed is None:
        from secrets import randbelow

        seed = randbelow(1 << 32)
    rate = 1.0 if fault_rate is None else fault_rate
    return FaultArguments(FaultOptions(fault, rate, seed) if fault else None, seed)


_FIELDS = ("fault", "fault_rate", "seed")
_OPTIONS: list[Decorator] = [
    option(
        "--fault",
        group="Faults",
        metavar="NAME[=VALUE]",
        multiple=True,
        callback=_parse_faults,
        help="Break clients on purpose; see the list below. Repeatable.",
    ),
    option(
        "--fault-rate",
        group="Faults",
        metavar="P",
        type=click.FloatRange(0, 1),
        help="Probability of a fault, for each message or connection; 1 without it.",
    ),
    option(
        "--seed",
        group="Faults",
        metavar="N",
        type=click.IntRange(0),
        help="Start of the random numbers, to have a run again.",
    ),
]
