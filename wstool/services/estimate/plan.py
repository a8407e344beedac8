"""The plan: from connections and messages to servers and their cost."""

from __future__ import annotations

from typing import NamedTuple

from wstool.services.estimate.constants import list_defaults
from wstool.services.estimate.formulas import Figure, apply_rules
from wstool.services.estimate.message import (
    Packed,
    compute_message,
    pack_by_ratio,
)
from wstool.services.estimate.rules import (
    LOAD_RULES,
    POLLING_RULES,
    SERVER_RULES,
    WEBSOCKET_RULES,
)


__all__ = ["DEFLATE_SETTINGS", "Load", "Plan", "make_plan"]

DEFLATE_SETTINGS = ("none", "message", "takeover")
"""No deflate; each message by itself; with the window kept between messages."""


class Load(NamedTuple):
    """What is to be carried."""

    connections: int = 10_000
    rate_up: float = 0.1
    """Messages a second that each client sends."""
    rate_down: float = 0.0
    """Messages a second that the server sends each client of its own accord."""
    fan_out: float = 1.0
    """Clients that get each message that one sends."""
    size: int = 100
    """Bytes of a message."""
    peak: float = 3.0
    """The busiest moment over the mean."""
    poll_interval: float = 5.0
    """Seconds between the polls of a client, had it no WebSocket."""
    tls: bool = True
    deflate: str = "none"
    """One of the settings."""


class Plan(NamedTuple):
    """All figures of an estimate."""

    load: Load
    constants: dict[str, float]
    up: tuple[Figure, ...]
    """Of a message from a client."""
    down: tuple[Figure, ...]
    """Of a message to a client."""
    common: tuple[Figure, ...]
    """Of the load, whatever carries it."""
    websocket: tuple[Figure, ...]
    polling: tuple[Figure, ...]
    sampled: int
    """Messages of the sample; 0 without one."""


def make_plan(
    load: Load,
    constants: dict[str, float] | None = None,
    sample: list[Packed] | None = None,
) -> Plan:
    """
    Compute a plan.

    Args:
        constants: All of them; their defaults unless given.
        sample: Messages to take means of, instead of the load's size.
    """
    constants = constants or list_defaults()
    messages = sample or [
        pack_by_ratio(
            load.size,
            deflate=load.deflate != "none",
            ratio=constants["deflate_ratio"],
            compress_min=constants["compress_min"],
        )
    ]
    known = {**constants, **_describe(load)}
    up = compute_message(messages, known, masked=True)
    down = compute_message(messages, known, masked=False)
    known |= {f"up_{figure.name}": figure.value for figure in up}
    known |= {f"down_{figure.name}": figure.value for figure in down}
    known, common = apply_rules(LOAD_RULES, known)
    websocket = apply_rules((*WEBSOCKET_RULES, *SERVER_RULES), known)[1]
    polling = apply_rules((*POLLING_RULES, *SERVER_RULES), known)[1]
    sampled = len(sample) if sample else 0
    return Plan(load, constants, up, down, common, websocket, polling, sampled)


def _describe(load: Load) -> dict[str, float]:
    """Write a load as numbers."""
    return {
        "connections": load.connections,
        "rate_up": load.rate_up,
        "rate_down": load.rate_down,
        "fan_out": load.fan_out,
        "peak": load.peak,
        "poll_interval": load.poll_interval,
        "tls": float(load.tls),
        "takeover": float(load.deflate == "takeover"),
    }
