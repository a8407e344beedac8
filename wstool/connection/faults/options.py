"""The faults by name, and when they strike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


__all__ = [
    "CONNECTION_FAULTS",
    "ENDINGS",
    "FAULTS",
    "HANDSHAKE_FAULTS",
    "MESSAGE_FAULTS",
    "FaultOptions",
]

HANDSHAKE_FAULTS = ("bad-accept", "wrong-subprotocol", "reject", "slow-handshake")
"""Those of the opening handshake, decided once for each connection."""
CONNECTION_FAULTS = (
    "drip",
    "no-pong",
    "ping-flood",
    "close-after",
    "no-close-reply",
)
"""Those of a connection as a whole, decided once for each."""
ENDINGS = ("truncate", "close", "reset", "fin", "half-open")
"""Those that end a connection, in place of a message."""
MESSAGE_FAULTS = (
    "delay",
    "jitter",
    "drop",
    "duplicate",
    "reorder",
    "fragment",
    "split-utf8",
    "bad-utf8",
    "masked",
    "rsv",
    "bad-opcode",
    "long-length",
    "oversize-control",
    *ENDINGS,
)
"""Those of a message, decided for each."""
FAULTS = (*MESSAGE_FAULTS, *CONNECTION_FAULTS, *HANDSHAKE_FAULTS)
"""All of them."""


class FaultOptions(NamedTuple):
    """Which faults a server has."""

    values: Mapping[str, float] = MappingProxyType({})
    """The value of each fault; 0 for those without one."""
    rate: float = 1.0
    """Probability that a fault strikes where it can."""
    seed: int = 0
    """Start of the random numbers: the same one gives the same faults."""
