"""Messages one way, as fast as they go, and connections that are only held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.connection.transport import Connection
from wstool.services.bench.driver import Driver
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.supply import Supply
from wstool.wire.opcode import Opcode


__all__ = ["Idle", "Receive", "Send"]

_CHUNK_SIZE = 1 << 16
_MAX_CHUNK = 4096


class Send(Driver):
    """
    Send as fast as the server reads.

    What counts is what went out before the closing handshake, with the time until its
    end: the server that answers our close frame has read all that stood before it.
    """

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``."""
        super().__init__(load, supply, meter, clock=clock)
        self._left = 1 << 62 if load.limit is None else load.limit
        self._sent: dict[Connection, int] = {}
        self._pump: asyncio.Handle | None = None
        size = max(int(supply.mean_size), 1)
        self._chunk = min(max(_CHUNK_SIZE // size, 1), _MAX_CHUNK)

    def drive(self) -> None:
        """Send on all connections."""
        self._sent = dict.fromkeys(self.connections, 0)
        self._fill()

    def stop(self) -> None:
        """Send nothing more."""
        if self._pump is not None:
            self._pump.cancel()
        super().stop()

    def lose(self, connection: Connection, number: int) -> None:
        """Forget a connection."""
        self._sent.pop(connection, None)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Go on sending."""
        if self.has_begun and self._pump is None and not self.is_stopping:
            self._pump = self.loop.call_soon(self._fill)

    def _fill(self) -> None:
        """Send a chunk on each connection that takes one, and come back."""
        self._pump = None
        has_room = False
        for connection, sent in list(self._sent.items()):
            if connection.writing_is_paused or not connection.is_open:
                continue
            count = min(self._chunk, self._left)
            if not count:
                self.finish()
                return
            self._left -= count
            self._sent[connection] = sent + count
            self.meter.sent += count
            self.meter.bytes_sent += self.supply.count_bytes(sent, count)
            self.supply.send(connection, sent, count)
            has_room = has_room or not connection.writing_is_paused
        if has_room:
            self._pump = self.loop.call_soon(self._fill)


class Receive(Driver):
    """Take what the server sends."""

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``."""
        super().__init__(load, supply, meter, clock=clock)
        self._left = 1 << 62 if load.limit is None else load.limit

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Count messages, up to the limit."""
        if not self.has_begun or self.is_stopping:
            return
        if len(payloads) > self._left:
            payloads = payloads[: self._left]
        self._left -= len(payloads)
        super().batch_received(connection, opcode, payloads)
        if not self._left:
            self.finish()


class Idle(Driver):
    """Hold connections."""
