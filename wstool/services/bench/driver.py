"""What every kind of load has in common: one handler for all of its connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from wstool.connection.handler import Ending, QuietHandler
from wstool.connection.transport import Connection
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.supply import Supply
from wstool.wire.opcode import Opcode


__all__ = ["Driver"]


class Driver(QuietHandler):
    """
    Load on open connections.

    A handler of all of them: no task, queue or timer for each. It is begun once they
    are open, and stops by itself at its limit, or when it is told to.
    """

    def __init__(
        self,
        load: Load,
        supply: Supply,
        meter: Meter,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """
        Prepare.

        Args:
            clock: Nanoseconds, the same in all processes of a machine.
        """
        self.load = load
        self.supply = supply
        self.meter = meter
        self.clock = clock
        self.loop = asyncio.get_running_loop()
        self.start = 0
        """When it began, by the clock."""
        self.has_begun = False
        self.is_stopping = False
        """Whether nothing more is to be sent."""
        self.is_closing = False
        """Whether connections may end now."""
        self.connections: dict[Connection, int] = {}
        """Those that are open, with their numbers."""
        self.finished: asyncio.Future[None] = self.loop.create_future()
        """Is done when there is nothing more to do."""
        self.settled: asyncio.Future[None] = self.loop.create_future()
        """Is done when nothing is on its way any more, once it is stopping."""
        self.emptied: asyncio.Future[None] = self.loop.create_future()
        """Is done when no connection is left."""

    def add(self, connection: Connection) -> None:
        """Take a connection that has opened, unless it has ended already."""
        self.connections[connection] = len(self.connections)
        self.meter.open += 1

    def begin(self, start: int) -> None:
        """Begin, all connections at the same time."""
        self.start = start
        self.has_begun = True
        largest = self.supply.largest
        self.supply.is_plain = all(
            connection.endpoint.plain_size > largest for connection in self.connections
        )
        self.drive()

    def stop(self) -> None:
        """Send nothing more."""
        self.is_stopping = True
        self.finish()
        self.settle()

    def finish(self) -> None:
        """Say that there is nothing more to do."""
        if not self.finished.done():
            self.finished.set_result(None)

    def settle(self) -> None:
        """Say so if nothing is on its way."""
        if self.is_stopping and not self.settled.done() and not self.count_waiting():
            self.settled.set_result(None)

    def close(self) -> None:
        """Close all connections."""
        self.is_closing = True
        if not self.connections:
            self.emptied.set_result(None)
        for connection in list(self.connections):
            connection.close(self.load.close)

    def seconds(self) -> float:
        """Tell how many seconds have passed since the start."""
        return max(self.clock() - self.start, 0) / 1e9 if self.has_begun else 0.0

    # What the kinds of load do differently.

    def drive(self) -> None:
        """Send what is to be sent at the beginning."""

    def count_waiting(self) -> int:
        """Count what is still on its way."""
        return 0

    def lose(self, connection: Connection, number: int) -> None:
        """Count what a connection takes with it that ended too early."""

    # What connections call.

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Count messages."""
        self.meter.received += len(payloads)
        self.meter.bytes_received += sum(map(len, payloads))

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Count a connection that ended too early, and why."""
        number = self.connections.pop(connection, None)
        if number is None:
            # It ended before it counted as open; ``add`` isn't called for it.
            return
        self.meter.open -= 1
        if not self.is_closing:
            self.meter.fall_with(self.seconds(), ending, self.load.ok_close)
            self.lose(connection, number)
            if not self.connections:
                self.finish()
            self.settle()
            return
        # It has stayed to the end; what goes wrong now is no fall any more.
        error = ending.find_error(self.load.ok_close)
        if error is not None:
            self.meter.fail_with(error)
        if not self.connections and not self.emptied.done():
            self.emptied.set_result(None)
