"""Options for reconnecting."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._types import SECONDS
from wstool.cli._variables import refuse_without
from wstool.connection.reconnect import ReconnectOptions
from wstool.services.pipe import Proof


__all__ = ["ReconnectArguments", "reconnect_options"]

_DEFAULTS = ReconnectOptions()


class ReconnectArguments(NamedTuple):
    """What the options say of reconnecting."""

    policy: ReconnectOptions | None
    """How to connect again; None not to."""
    proof: Proof
    resend: bool


def reconnect_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for reconnecting; they come as ``reconnect``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "reconnect", _make, _FIELDS)


def _make(
    *,
    reconnect: bool,
    max_reconnects: int | None,
    reconnect_delay: float,
    reconnect_max_delay: float,
    reconnect_on_any: bool,
    delivery: str,
    resend: bool,
) -> ReconnectArguments:
    if not reconnect:
        refuse_without("--reconnect", _FIELDS[1:])
    policy = ReconnectOptions(
        limit=max_reconnects,
        delay=reconnect_delay,
        max_delay=reconnect_max_delay,
        on_any=reconnect_on_any,
    )
    return ReconnectArguments(policy if reconnect else None, Proof(delivery), resend)


_FIELDS = (
    "reconnect",
    "max_reconnects",
    "reconnect_delay",
    "reconnect_max_delay",
    "reconnect_on_any",
    "delivery",
    "resend",
)
_OPTIONS: list[Decorator] = [
    option(
        "--reconnect",
        group="Reconnecting",
        is_flag=True,
        help="Connect again when the connection can't be made or is lost.",
    ),
    option(
        "--max-reconnects",
        group="Reconnecting",
        metavar="N",
        type=click.IntRange(min=1),
        help="Give up after N attempts in a row.",
    ),
    option(
        "--reconnect-delay",
        group="Reconnecting",
        metavar="SECONDS",
        type=SECONDS,
        default=f"{_DEFAULTS.delay:g}",
        show_default=True,
        help="Longest pause before the first attempt; it doubles each time.",
    ),
    option(
        "--reconnect-max-delay",
        group="Reconnecting",
        metavar="SECONDS",
        type=SECONDS,
        default=f"{_DEFAULTS.max_delay:g}",
        show_default=True,
        help="Longest pause before any attempt.",
    ),
    option(
        "--reconnect-on-any",
        group="Reconnecting",
        is_flag=True,
        help="Connect again after what can't heal too, such as 401 or 1008.",
    ),
    option(
        "--delivery",
        group="Reconnecting",
        type=click.Choice([proof.value for proof in Proof]),
        default=Proof.PONG.value,
        show_default=True,
        help="What proves that a message sent was delivered: the pong to a ping sent "
        "behind it, or one reply for each.",
    ),
    option(
        "--resend/--no-resend",
        group="Reconnecting",
        default=True,
        show_default=True,
        help="Send again what may have been delivered when the connection was lost.",
    ),
]
