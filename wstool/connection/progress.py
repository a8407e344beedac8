"""How much of what was sent the peer has taken, as the kernel knows it."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys


__all__ = ["Progress", "acknowledged_bytes"]

# struct tcp_info of Linux 4.1 and later: tcpi_bytes_acked is a 64-bit number here.
_BYTES_ACKED = slice(120, 128)
# Bytes acknowledged that show a peer still busy with what was sent before a ping or a
# close frame; less than that, and it may be the frame itself.
_BUSY = 4096
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Progress:
    """What the peer's system acknowledges on one connection."""

    __slots__ = ("_base", "_seen", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._base = 0
        self._seen = 0

    def start(self) -> None:
        """Count from here on; all that was sent before is acknowledged."""
        self._base = acknowledged_bytes(self._transport)

    def count_unacknowledged(self, sent: int) -> int:
        """
        Count the bytes that are not acknowledged, of so many sent since the start.

        Where that can't be known, those count that our own system has not taken.
        """
        waiting = self._transport.get_write_buffer_size()
        acknowledged = acknowledged_bytes(self._transport) - self._base
        if self._base <= 0 or self._transport.get_extra_info("sslcontext"):
            return waiting
        return max(sent - acknowledged, waiting, 0)

    def advance(self) -> bool:
        """Tell whether the peer took a fair amount since the last time."""
        before, self._seen = self._seen, acknowledged_bytes(self._transport)
        return self._seen - before > _BUSY

    def give_up(self) -> None:
        """Let closing the socket reset the connection, so that no more is sent."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            # On, with no time.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


def acknowledged_bytes(transport: asyncio.BaseTransport) -> int:
    """Count the bytes that the peer has acknowledged; 0 where that isn't known."""
    sock = transport.get_extra_info("socket")
    if sock is None or not hasattr(socket, "TCP_INFO"):
        return 0
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.stop)
    except OSError:
        return 0
    return int.from_bytes(info[_BYTES_ACKED], sys.byteorder)
