"""
Messages at a rate, whatever the server does: the open model.

Latency is counted from when a message should have left, so a stalled server can't
hide: what had to wait for it counts with its wait. Nothing is kept for a message on
its way, since its number says when it was to leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from wstool.connection.transport import Connection
from wstool.services.bench.driver import Driver
from wstool.services.bench.echo import check_replies
from wstool.services.bench.meter import Meter
from wstool.services.bench.metronome import Metronome
from wstool.services.bench.options import Kind, Load
from wstool.services.bench.supply import Supply
from wstool.wire.opcode import Opcode


__all__ = ["Paced"]


_CHUNK_SIZE = 1 << 18


class _Lane:
    """How far a connection has come."""

    __slots__ = ("connection", "due", "index", "received", "sent", "turns")

    def __init__(self, index: int, connection: Connection) -> None:
        self.index = index
        self.connection: Connection | None = connection
        self.turns: list[int] = []
        """Numbers of its messages in the first round of all connections."""
        self.due = 0
        self.sent = 0
        self.received = 0

    def find_numbers(self, first: int, count: int, length: int) -> Sequence[int]:
        """
        Give the numbers of some of its messages among those of all connections.

        Args:
            first: The first one's number among its own.
            count: How many they are.
            length: How many messages of all connections are a round.
        """
        turns, after = self.turns, first + count
        if len(turns) == 1:
            return range(turns[0] + first * length, turns[0] + after * length, length)
        size = len(turns)
        return [i // size * length + turns[i % size] for i in range(first, after)]


class Paced(Driver):
    """Send at a rate, over all connections; measure replies, if there are any."""

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``; the load has a rate."""
        super().__init__(load, supply, meter, clock=clock)
        self._has_replies = load.kind is Kind.ECHO
        self._lanes: list[_Lane] = []
        self._order: Sequence[int] = ()
        self._by_connection: dict[Connection, _Lane] = {}
        self._metronome = Metronome(
            load.rate or 1.0,
            self._send_due,
            pattern=load.pattern,
            awake=load.awake,
            clock=clock,
        )
        self._limit = load.limit
        self._waiting = 0
        self._unsent = 0
        self._number = 0
        # A server that reads again must not get the backlog of minutes in one piece.
        self._chunk = max(1, _CHUNK_SIZE // max(int(supply.mean_size), 1))

    def drive(self) -> None:
        """Let the metronome begin."""
        self._lanes = [_Lane(i, c) for i, c in enumerate(self.connections)]
        # Some connections may not have come about.
        count = len(self._lanes)
        self._order = [index % count for index in self.load.order] or range(count)
        for number, index in enumerate(self._order):
            self._lanes[index].turns.append(number)
        self._by_connection = {
            lane.connection: lane for lane in self._lanes if lane.connection is not None
        }
        limits = [] if self._limit is None else [self._limit]
        if self.load.duration is not None:
            # What is due at the very end isn't part of it.
            limits.append(self._metronome.count_before(self.load.duration))
        self._metronome.begin(self.start, min(limits, default=None))

    def stop(self) -> None:
        """Stop the metronome; what could not leave in time is an error."""
        self._metronome.stop()
        self.meter.fail("unsent", "the server doesn't read", self._unsent)
        self._unsent = 0
        super().stop()

    def count_waiting(self) -> int:
        """Count the messages without a reply."""
        return self._waiting

    def lose(self, connection: Connection, number: int) -> None:
        """Count the messages that get no reply any more, and those not sent."""
        lane = self._by_connection.pop(connection, None)
        if lane is not None:
            lane.connection = None
            lost = lane.sent - lane.received if self._has_replies else 0
            self._waiting -= lost
            self.meter.fail("unanswered", "the connection ended first", lost)
            unsent = lane.due - lane.sent
            self._unsent -= unsent
            self.meter.fail("unsent", "the connection had ended", unsent)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what has become due while the server didn't read."""
        lane = self._by_connection.get(connection)
        if lane is not None and not self.is_stopping:
            self._send(lane, connection)
            self._check_end()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Take replies, each with the time since its message should have left."""
        now = self.clock()
        lane = self._by_connection.get(connection)
        if lane is None or not self._has_replies:
            super().batch_received(connection, opcode, payloads)
            return
        meter = self.meter
        meter.received += len(payloads)
        answered = min(len(payloads), lane.sent - lane.received)
        record = meter.latency.record
        intended = self._metronome.intended
        for number in lane.find_numbers(lane.received, answered, len(self._order)):
            record(now - intended(number))
        check_replies(self, lane.index + lane.received, payloads)
        lane.received += answered
        self._waiting -= answered
        if answered < len(payloads):
            surplus = len(payloads) - answered
            meter.fail("unexpected", "a message that is no reply", surplus)
        self._check_end()
        self.settle()

    def _send_due(self, first: int, after: int, now: int) -> None:
        """Send messages by their numbers, each on its connection."""
        self.meter.lag.record(now - self._metronome.intended(first), after - first)
        self._number = after
        for index, due in self._count_due(first, after):
            lane = self._lanes[index]
            if lane.connection is None:
                self.meter.fail("unsent", "the connection had ended", due)
                continue
            lane.due += due
            self._unsent += due
            if not lane.connection.writing_is_paused:
                self._send(lane, lane.connection)
        self._check_end()

    def _count_due(self, first: int, after: int) -> Iterable[tuple[int, int]]:
        """Count by their numbers the messages that are due on each connection."""
        order, count = self._order, len(self._order)
        if self.load.order:
            due = Counter(order[number % count] for number in range(first, after))
            return due.items()
        return (
            (number % count, (after - number + count - 1) // count)
            for number in range(first, min(after, first + count))
        )

    def _send(self, lane: _Lane, connection: Connection) -> None:
        meter = self.meter
        while lane.sent < lane.due and not connection.writing_is_paused:
            count = min(lane.due - lane.sent, self._chunk)
            # Connections begin one message apart: few that each connection sends are
            # still all sorts, and never all large at the same time.
            position = lane.index + lane.sent
            lane.sent += count
            self._unsent -= count
            if self._has_replies:
                self._waiting += count
            meter.sent += count
            meter.bytes_sent += self.supply.count_bytes(position, count)
            self.supply.send(connection, position, count)

    def _check_end(self) -> None:
        done = not self._waiting and not self._unsent
        if self._number == self._limit and done:
            self.finish()
