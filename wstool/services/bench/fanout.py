"""
Publishers and subscribers: how long a message takes to each subscriber.

A message has a stamp: what tells its run from others, and the time when it left, or
with a rate the time when it should have. The clock is that of the machine, so that
publishers and subscribers may be different processes of it.
"""

from __future__ import annotations

from collections.abc import Callable

from wstool.connection.transport import Connection
from wstool.services.bench.driver import Driver
from wstool.services.bench.meter import Meter
from wstool.services.bench.metronome import Metronome
from wstool.services.bench.options import Load
from wstool.services.bench.publication import Publication
from wstool.services.bench.stamp import (
    STAMP_SIZE,
    find_stamp,
    make_stamp,
    read_time,
    split_at_room,
)
from wstool.services.bench.supply import Supply
from wstool.wire.opcode import Opcode


__all__ = ["Fanout"]

_MAX_KEPT = 4096
_MAX_PENDING = 64 << 20
# Processes without publishers look this often whether those in another one are done.
_LOOK_INTERVAL = 0.01


class Fanout(Driver):
    """Publish on the first connections, and measure on the others."""

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``."""
        super().__init__(load, supply, meter, clock=clock)
        self._publishers: list[Connection] = []
        self._publication = load.publication or Publication()
        self._received: dict[Connection, int] = {}
        self._moments: dict[bytes, int] = {}
        self._parts = [split_at_room(payload) for payload in supply.payloads]
        place = len(self._parts[0][0])
        # Where most messages have their stamp.
        self._usual = slice(place, place + STAMP_SIZE)
        self._delivered = 0
        self._metronome = (
            None
            if load.rate is None
            else Metronome(
                load.rate, self._publish_due, pattern=load.pattern, clock=clock
            )
        )

    def drive(self) -> None:
        """Publish the first messages."""
        connections = list(self.connections)
        self._publishers = connections[: self.load.publishers]
        subscribers = connections[self.load.publishers :]
        self._received = {each: self._received.get(each, 0) for each in subscribers}
        if not self.load.publishers:
            self._look()
        elif self._metronome is not None:
            limits = [] if self.load.limit is None else [self.load.limit]
            if self.load.duration is not None:
                limits.append(self._metronome.count_before(self.load.duration))
            self._metronome.begin(self.start, min(limits, default=None))
        else:
            self._publish_more()

    def stop(self) -> None:
        """Publish nothing more."""
        if self._metronome is not None:
            self._metronome.stop()
        if self.load.publishers:
            self._publication.end()
        super().stop()

    def settle(self) -> None:
        """Say so if nothing is on its way, and nothing will be."""
        if self._publication.is_over:
            super().settle()

    def count_waiting(self) -> int:
        """Count the deliveries that are still to come."""
        return self._publication.count * len(self._received) - self._delivered

    def lose(self, connection: Connection, number: int) -> None:
        """Count the deliveries that a subscriber's end takes with it."""
        if connection in self._publishers:
            self._publishers.remove(connection)
            if not self._publishers:
                self.finish()
        received = self._received.pop(connection, None)
        if received is not None:
            self._delivered -= received
            lost = self._publication.count - received
            self.meter.fail("undelivered", "the subscriber's connection ended", lost)
            self._go_on()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Measure deliveries; messages of others are only counted."""
        now = self.clock()
        self.meter.bytes_received += sum(map(len, payloads))
        received = self._received.get(connection)
        if received is None:
            if self.has_begun or self.load.publishers:
                return
            # Publishers in another process have begun a little sooner.
            received = 0
        record = self.meter.latency.record
        moments, usual = self._moments, self._usual
        ours = 0
        for payload in payloads:
            # Another subscriber has mostly had it before.
            left = moments.get(payload[usual])
            if left is None:
                left = self._find_moment(payload)
                if left is None:
                    continue
            record(now - left)
            ours += 1
        self.meter.received += ours
        if ours < len(payloads):
            foreign = len(payloads) - ours
            self.meter.fail("unexpected", "a message of someone else", foreign)
        surplus = received + ours - self._publication.count
        if surplus > 0:
            self.meter.fail("duplicate", "delivered more often than sent", surplus)
            ours -= surplus
        self._received[connection] = received + ours
        self._delivered += ours
        if self.has_begun:
            self._go_on()
            self.settle()

    def _find_moment(self, payload: bytes) -> int | None:
        """Find out when a message left; None if it is none of this run."""
        run_id = self.load.run_id
        stamp = find_stamp(run_id, payload)
        left = None if stamp is None else read_time(run_id, stamp)
        if stamp is not None and left is not None:
            if len(self._moments) >= _MAX_KEPT:
                self._moments.clear()
            self._moments[stamp] = left
        return left

    def _go_on(self) -> None:
        """See what follows when fewer messages are on their way."""
        if self._metronome is None and not self.is_stopping:
            self._publish_more()
        self._check_end()

    def _publish_more(self) -> None:
        """Publish in a closed loop: so many messages may be on their way."""
        subscribers = len(self._received)
        if not subscribers or not self.load.publishers:
            return
        most = (self.load.depth - 1) * subscribers
        while not self._is_complete() and self.count_waiting() <= most:
            if not self._publish(self._publication.count, self.clock()):
                return

    def _publish_due(self, first: int, after: int, now: int) -> None:
        if self._metronome is None:
            raise AssertionError("nothing is due without a rate")
        self.meter.lag.record(now - self._metronome.intended(first), after - first)
        for number in range(first, after):
            self._publish(number, self._metronome.intended(number))
        self._check_end()

    def _publish(self, number: int, stamp: int) -> bool:
        if not self._publishers:
            self.meter.fail("unsent", "no publisher is left")
            return False
        connection = self._publishers[number % len(self._publishers)]
        if connection.pending_bytes() > _MAX_PENDING:
            self.meter.fail("unsent", "the server doesn't read")
            return False
        before, behind = self._parts[number % len(self._parts)]
        message = b"%b%b%b" % (before, make_stamp(self.load.run_id, stamp), behind)
        self._publication.add()
        self.meter.sent += 1
        self.meter.bytes_sent += len(message)
        connection.send(self.supply.opcode, [message])
        return True

    def _check_end(self) -> None:
        if self._is_complete() and not self.count_waiting():
            self.finish()

    def _is_complete(self) -> bool:
        """Tell whether all that is to be published was."""
        limit = self.load.limit
        return limit is not None and self._publication.count >= limit

    def _look(self) -> None:
        """Watch for the end of publishers that are in another process."""
        if self._publication.is_over:
            self.finish()
            self.settle()
        else:
            self.loop.call_later(_LOOK_INTERVAL, self._look)
