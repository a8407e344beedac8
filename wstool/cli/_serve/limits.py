"""Options that bound what clients can do to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._serve.access import NETWORK
from wstool.cli._types import BYTES, SECONDS
from wstool.connection.ages import AgeOptions
from wstool.connection.quota import QuotaOptions
from wstool.connection.rate import Rate
from wstool.connection.visitor import Network
from wstool.services.hub.checks import MessageCheck, check_json, make_schema_check
from wstool.services.hub.guard import GuardOptions
from wstool.services.hub.slow import SlowConsumer


__all__ = ["ServeLimits", "make_guard_options", "serve_limit_options"]

_MAX_RATE = 1e15
_UNITS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


class ServeLimits(NamedTuple):
    """What clients can't go beyond."""

    quota: QuotaOptions
    ages: AgeOptions
    message_rate: Rate | None
    byte_rate: Rate | None
    queue_limit: int
    """Bytes that may wait for one client."""
    slow_consumer: SlowConsumer
    json: bool
    """Whether messages have to be JSON."""
    schema: str | None
    """File with the JSON Schema that they have to fit."""
    trust_proxy: tuple[Network, ...]
    proxy_protocol: bool


def serve_limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of limits; they come as ``limits``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "limits", _make, _FIELDS)


def _make(
    *,
    max_connections: int,
    max_per_ip: int,
    connect_rate: Rate | None,
    max_lifetime: float,
    idle_timeout: float,
    slow_consumer: str,
    **others: object,
) -> ServeLimits:
    return ServeLimits(
        quota=QuotaOptions(max_connections, max_per_ip, connect_rate),
        ages=AgeOptions(max_lifetime, idle_timeout),
        slow_consumer=SlowConsumer(slow_consumer),
        **others,  # type: ignore[arg-type]
    )


def make_guard_options(limits: ServeLimits) -> GuardOptions:
    """
    Make what a guard holds messages to.

    Raises:
        InputInvalid: If the schema is none.
        UsageError: If the library for schemas isn't there.
    """
    check: MessageCheck | None = None
    if limits.schema is not None:
        check = make_schema_check(limits.schema)
    elif limits.json:
        check = check_json
    return GuardOptions(limits.message_rate, limits.byte_rate, check)


class _Rate(click.ParamType[Rate]):
    """So many in so much time: 10, 10/s, 100/min, 1000/h; bytes with a unit."""

    name = "rate"

    def __init__(self, *, of_bytes: bool = False) -> None:
        self._of_bytes = of_bytes

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Rate:
        """Parse a rate."""
        if isinstance(value, Rate):
            return value
        amount, _, unit = str(value).partition("/")
        seconds = _UNITS.get(unit or "s")
        number = self._parse_amount(amount)
        if seconds is None or not 0 < number < _MAX_RATE:
            example = "64K/s" if self._of_bytes else "10/s or 100/min"
            self.fail(f"{value!r} isn't a rate, such as {example}", param, ctx)
        return Rate(number, seconds)

    def _parse_amount(self, text: str) -> float:
        try:
            if self._of_bytes:
                return float(BYTES.convert(text, None, None))
            return float(text) if len(text) < 20 else 0.0
        except (ValueError, click.BadParameter):
            return 0.0


_FIELDS = (
    "max_connections",
    "max_per_ip",
    "connect_rate",
    "message_rate",
    "byte_rate",
    "idle_timeout",
    "max_lifetime",
    "queue_limit",
    "slow_consumer",
    "json",
    "schema",
    "trust_proxy",
    "proxy_protocol",
)
_OPTIONS: list[Decorator] = [
    option(
        "--max-connections",
        group="Limits",
        metavar="N",
        type=click.IntRange(min=0),
        default=0,
        help="Take no more connections at a time; who comes then gets 503.",
    ),
    option(
        "--max-per-ip",
        group="Limits",
        metavar="N",
        type=click.IntRange(min=0),
        default=0,
        help="Take no more connections from one address at a time.",
    ),
    option(
        "--connect-rate",
        group="Limits",
        metavar="RATE",
        type=_Rate(),
        help="Take no more handshakes from one address: 10/s, 100/min.",
    ),
    option(
        "--message-rate",
        group="Limits",
        metavar="RATE",
        type=_Rate(),
        help="Close with 1008 if a client sends more messages: 10/s, 100/min.",
    ),
    option(
        "--byte-rate",
        group="Limits",
        metavar="RATE",
        type=_Rate(of_bytes=True),
        help="Close with 1008 if a client sends more bytes in messages: 64K/s.",
    ),
    option(
        "--idle-timeout",
        group="Limits",
        metavar="SECONDS",
        type=SECONDS,
        default=0,
        help="Close with 1001 when no message went either way for so long.",
    ),
    option(
        "--max-lifetime",
        group="Limits",
        metavar="SECONDS",
        type=SECONDS,
        default=0,
        help="Close with 1001 what is open for so long.",
    ),
    option(
        "--queue-limit",
        group="Limits",
        metavar="BYTES",
        type=BYTES,
        default="16M",
        show_default=True,
        help="Let no more wait for a client that reads slowly.",
    ),
    option(
        "--slow-consumer",
        group="Limits",
        type=click.Choice([policy.value for policy in SlowConsumer]),
        default=SlowConsumer.CLOSE.value,
        show_default=True,
        help="What is done with a client over --queue-limit.",
    ),
    option(
        "--json",
        group="Limits",
        is_flag=True,
        help="Close with 1007 if a message isn't JSON.",
    ),
    option(
        "--schema",
        group="Limits",
        metavar="FILE",
        help="Close with 1008 if a message doesn't fit a JSON Schema.",
    ),
    option(
        "--trust-proxy",
        group="Listening",
        metavar="CIDR",
        type=NETWORK,
        multiple=True,
        help="Take a client's address from the Forwarded, X-Forwarded-For or "
        "X-Real-IP of these proxies. Repeatable.",
    ),
    option(
        "--proxy-protocol",
        group="Listening",
        is_flag=True,
        help="Take a client's address from the PROXY header that begins each stream.",
    ),
]
