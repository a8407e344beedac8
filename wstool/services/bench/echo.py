"""Round trips in a closed loop: a reply lets the next message go."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wstool.connection.transport import Connection
from wstool.services.bench.driver import Driver
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.supply import Supply
from wstool.wire.opcode import Opcode


__all__ = ["ClosedEcho", "Flight", "Lane", "check_replies"]

Flight = list[int]
"""When messages left, and how many left together and are not answered."""


class Lane:
    """What a connection has in flight."""

    __slots__ = ("flights", "received", "sent")

    def __init__(self) -> None:
        self.flights: deque[Flight] = deque()
        self.sent = 0
        self.received = 0


class ClosedEcho(Driver):
    """Keep so many messages in flight on each connection."""

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``."""
        super().__init__(load, supply, meter, clock=clock)
        self.lanes: dict[Connection, Lane] = {}
        """What each connection has in flight."""
        # Far more than can be sent.
        self._left = 1 << 62 if load.limit is None else load.limit
        self._waiting = 0

    def drive(self) -> None:
        """Fill every connection."""
        self.lanes = {
            connection: self.make_lane(connection) for connection in self.connections
        }
        for connection, lane in self.lanes.items():
            self._send(connection, lane, self.load.depth, self.clock())

    def make_lane(self, connection: Connection) -> Lane:
        """Make what keeps the flights of a connection."""
        return Lane()

    def count_waiting(self) -> int:
        """Count the messages without a reply."""
        return self._waiting

    def lose(self, connection: Connection, number: int) -> None:
        """Count the messages that get no reply any more."""
        lane = self.lanes.pop(connection, None)
        if lane is not None:
            lost = lane.sent - lane.received
            self._waiting -= lost
            self.meter.fail("unanswered", "the connection ended first", lost)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Take replies, and send as many messages."""
        lane = self.lanes.get(connection)
        if lane is None:
            super().batch_received(connection, opcode, payloads)
            return
        now = self.clock()
        check_replies(self, lane.received, payloads)
        self.take_replies(connection, lane, len(payloads), now)

    def take_replies(
        self, connection: Connection, lane: Lane, count: int, now: int
    ) -> None:
        """Measure so many replies, and send as many messages."""
        meter = self.meter
        meter.received += count
        left = self._record(lane, count, now)
        answered = count - left
        lane.received += answered
        self._waiting -= answered
        if left:
            meter.fail("unexpected", "a message that is no reply", left)
        self._send(connection, lane, answered, now)
        if self.is_stopping or not self._left:
            self._end()

    def _record(self, lane: Lane, count: int, now: int) -> int:
        """Record round trips; return how many messages are replies to nothing."""
        record = self.meter.latency.record
        flights = lane.flights
        while count and flights:
            flight = flights[0]
            answered = flight[1]
            if answered > count:
                flight[1] -= count
                answered = count
            else:
                flights.popleft()
            record(now - flight[0], answered)
            count -= answered
        return count

    def _send(self, connection: Connection, lane: Lane, count: int, now: int) -> None:
        if self.is_stopping or not count:
            return
        if count > self._left:
            count = self._left
            if not count:
                return
        self._left -= count
        position = lane.sent
        lane.flights.append([now, count])
        lane.sent += count
        self._waiting += count
        meter = self.meter
        meter.sent += count
        meter.bytes_sent += self.supply.count_bytes(position, count)
        self.transmit(connection, lane, position, count)

    def transmit(
        self, connection: Connection, lane: Lane, position: int, count: int
    ) -> None:
        """Send messages that are counted already."""
        self.supply.send(connection, position, count)

    def _end(self) -> None:
        if not self._waiting:
            self.finish()
        self.settle()


def check_replies(driver: Driver, position: int, payloads: list[bytes]) -> None:
    """Count bytes, and replies that differ from their messages."""
    meter = driver.meter
    supply = driver.supply
    wanted = supply.take(position, len(payloads))
    if payloads == wanted:
        meter.bytes_received += supply.count_bytes(position, len(payloads))
        return
    meter.bytes_received += sum(map(len, payloads))
    if not driver.load.any_reply:
        pairs = zip(payloads, wanted, strict=True)
        wrong = sum(payload != expected for payload, expected in pairs)
        meter.fail("reply_differs", "a reply isn't its message (--any-reply)", wrong)
