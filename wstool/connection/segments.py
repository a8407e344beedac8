"""How many TCP segments a connection took, as the kernel counts them."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterable
from typing import NamedTuple


__all__ = ["Segments", "count_segments", "sum_segments"]

# struct tcp_info of Linux 4.2 and later: tcpi_segs_out and tcpi_segs_in.
_SENT = slice(136, 140)
_RECEIVED = slice(140, 144)


class Segments(NamedTuple):
    """Segments of a connection, acknowledgements and opening included."""

    sent: int
    received: int


def count_segments(transport: asyncio.BaseTransport) -> Segments | None:
    """Count the segments so far; None where the system doesn't tell."""
    sock = transport.get_extra_info("socket")
    if sock is None or not hasattr(socket, "TCP_INFO"):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED.stop)
    except OSError:
        return None
    if len(info) < _RECEIVED.stop:
        return None
    return Segments(
        int.from_bytes(info[_SENT], sys.byteorder),
        int.from_bytes(info[_RECEIVED], sys.byteorder),
    )


def sum_segments(transports: Iterable[asyncio.BaseTransport]) -> Segments | None:
    """Add the segments of several connections; None if those of one are unknown."""
    sent = received = 0
    for transport in transports:
        segments = count_segments(transport)
        if segments is None:
            return None
        sent += segments.sent
        received += segments.received
    return Segments(sent, received)
