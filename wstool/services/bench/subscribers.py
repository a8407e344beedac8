"""Clients that messages reach by WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from wstool.connection.handler import Ending, QuietHandler
from wstool.connection.transport import Connection
from wstool.services.bench.carrier import Carriage
from wstool.services.bench.handshakes import Dial
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.party import Party
from wstool.wire.handshake import Request, Response
from wstool.wire.opcode import Opcode


__all__ = ["OpeningBytes", "Subscribers"]


class OpeningBytes:
    """Count the bytes of opening handshakes."""

    def __init__(self) -> None:
        """Start at 0."""
        self.count = 0

    def request_sent(self, request: Request) -> None:
        """Count a request."""
        self.count += len(request.serialize())

    def response_received(self, response: Response) -> None:
        """Count a response without a body."""
        line = f"{response.version} {response.status} {response.reason}"
        headers = [f"{name}: {value}" for name, value in response.headers]
        self.count += len("\r\n".join([line, *headers, "", ""]).encode("latin-1"))


class Subscribers(Party, QuietHandler):
    """A handler of all their connections."""

    def __init__(
        self,
        load: Load,
        meter: Meter,
        dial: Dial,
        opening: OpeningBytes,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """
        Prepare.

        Args:
            dial: Opens a connection.
            opening: Counts what that takes.
        """
        super().__init__(load, meter, clock=clock)
        self._dial = dial
        self._opening = opening
        self._positions: dict[Connection, int] = {}
        self._bytes_sent = self._bytes_received = 0
        self._is_closing = False
        self._emptied: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open_one(self) -> None:
        """Open a connection."""
        connection = await self._dial(self)
        self._positions[connection] = 0

    def list_transports(self) -> Sequence[asyncio.BaseTransport]:
        """List the transports of the open connections."""
        return [connection.transport for connection in self._positions]

    def begin(self, start: int) -> None:
        """Begin to measure: what was read and written before doesn't count."""
        self._bytes_sent = -sum(c.bytes_sent for c in self._positions)
        self._bytes_received = -sum(c.bytes_received for c in self._positions)
        super().begin(start)

    def count(self) -> Carriage:
        """Count frames, and the handshakes before them."""
        connections = self._positions
        return Carriage(
            opening_bytes=self._opening.count,
            bytes_sent=self._bytes_sent + sum(c.bytes_sent for c in connections),
            bytes_received=(
                self._bytes_received + sum(c.bytes_received for c in connections)
            ),
        )

    async def close(self) -> None:
        """Close the connections with a closing handshake."""
        self._is_closing = True
        for connection in list(self._positions):
            connection.close(self.load.close)
        if self._positions:
            await self._emptied

    def abort(self) -> None:
        """End the connections at once."""
        self._is_closing = True
        for connection in list(self._positions):
            connection.abort()

    # What connections call.

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Take messages."""
        position = self._positions.get(connection)
        if position is not None and self.start is not None:
            self._positions[connection] = self.take(position, payloads)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Count what a connection takes with it that ended too early."""
        position = self._positions.pop(connection, None)
        if position is None:
            return
        self.meter.open -= 1
        self._bytes_sent += connection.bytes_sent
        self._bytes_received += connection.bytes_received
        if self._is_closing:
            if not self._positions and not self._emptied.done():
                self._emptied.set_result(None)
            return
        self.meter.fall_with(self.seconds(), ending, self.load.ok_close)
        self.lose(position, "the connection ended first")
