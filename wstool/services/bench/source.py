"""A server that sends as fast as its clients read."""

from __future__ import annotations

import asyncio

from wstool.connection.handler import Ending, QuietHandler
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.wire.batch import serialize_batch
from wstool.wire.close import Close
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode


__all__ = ["Source"]

_CHUNK_SIZE = 1 << 16


class Source(QuietHandler):
    """A server's handler that sends the same messages again and again to everybody."""

    delivered = 0
    """Is counted by nobody: who receives counts."""

    def __init__(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """
        Prepare.

        Args:
            payloads: At least one; sent uncompressed.
        """
        size = max(sum(map(len, payloads)), 1)
        batch = payloads * max(_CHUNK_SIZE // size, 1)
        pieces = serialize_batch(opcode, batch, None, xor_mask)
        self._data = b"".join(pieces)
        self._loop = asyncio.get_running_loop()
        self._flowing: set[Connection] = set()
        self._pump: asyncio.Handle | None = None

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse nobody."""
        return None

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Begin to send."""
        self._flow(connection)

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Send nothing more."""
        self._flowing.discard(connection)

    def writing_paused(self, connection: Connection, /) -> None:
        """Stop: the client reads too slowly."""
        self._flowing.discard(connection)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Go on."""
        self._flow(connection)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        self._flowing.discard(connection)

    def _flow(self, connection: Connection) -> None:
        self._flowing.add(connection)
        if self._pump is None:
            self._pump = self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._pump = None
        for connection in list(self._flowing):
            if connection.is_open:
                connection.send_serialized(self._data)
            else:
                self._flowing.discard(connection)
        if self._flowing:
            self._pump = self._loop.call_soon(self._send)
