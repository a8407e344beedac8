"""Ways for messages to reach clients, and what they take."""

from __future__ import annotations

import enum
from typing import NamedTuple

from wstool.connection.segments import Segments


__all__ = ["HOLD", "Carriage", "Carrier", "Polling"]

HOLD = 25.0
"""Seconds that a server holds a long poll; proxies give up after 30 or 60."""


class Carrier(enum.Enum):
    """A way for messages to reach clients."""

    WEBSOCKET = "websocket"
    POLLING = "polling"
    """Requests now and then, each answered at once with what there is."""
    LONG_POLLING = "long-polling"
    """Requests that are answered when there is something, one after another."""


class Polling(NamedTuple):
    """How clients poll."""

    interval: float | None
    """Seconds from one poll to the next; None for one as soon as the last is over."""
    hold: float = 0.0
    """Seconds that the server may hold a poll; 0 for an answer at once."""


class Carriage(NamedTuple):
    """What it took to carry messages; counts are those of all clients."""

    opening_bytes: int = 0
    """Bytes of opening handshakes, both ways."""
    bytes_sent: int = 0
    """Bytes that the clients wrote afterwards: requests, or frames."""
    bytes_received: int = 0
    """Bytes that they read: responses, or frames."""
    requests: int = 0
    empty: int = 0
    """Responses without a message."""
    segments: Segments | None = None
    """TCP segments of it, without those of the openings; None where unknown."""
    cpu: float = 0.0
    """Seconds of CPU that the clients' process took."""
