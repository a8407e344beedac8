"""
What is to reach each client: the same messages, each once and in order.

A message begins with a stamp: what tells its run from others, and when it was to leave.
Message k was to leave at start + k / rate, so whoever knows both knows every stamp.
"""

from __future__ import annotations

from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.stamp import STAMP_SIZE, make_stamp, read_time


__all__ = ["Deliveries"]

_MAX_KEPT = 4096


class Deliveries:
    """Measure and check what reaches any number of clients."""

    def __init__(self, load: Load, meter: Meter) -> None:
        """
        Prepare.

        Args:
            load: Has a rate, and a limit that says how many messages there are.
        """
        if load.rate is None or load.limit is None:
            raise AssertionError("deliveries have a rate and a number")
        self.count = load.limit
        """How many messages are to reach each client."""
        self._period = 1e9 / load.rate
        self._run_id = load.run_id
        self._meter = meter
        self._start = 0
        self._stamps: dict[int, bytes] = {}

    def begin(self, start: int) -> None:
        """Begin: the first message leaves at this time."""
        self._start = start

    def take(self, position: int, payloads: list[bytes], now: int) -> int:
        """
        Take what has reached a client.

        Args:
            position: How many messages were to reach it before.

        Returns:
            How many there are now.
        """
        meter = self._meter
        meter.bytes_received += sum(map(len, payloads))
        for payload in payloads:
            head = payload[:STAMP_SIZE]
            if head != self._find_stamp(position):
                number = self._read_number(head)
                if not self._tell_apart(number, position):
                    continue
                position = number
            meter.received += 1
            meter.latency.record(now - self._start - int(position * self._period))
            position += 1
        return position

    def _tell_apart(self, number: int, position: int) -> bool:
        """Count a message that isn't the next one; tell whether it is a later one."""
        if not 0 <= number < self.count:
            self._meter.fail("unexpected", "a message of someone else")
        elif number < position:
            self._meter.fail("duplicate", "delivered before, or out of order")
        else:
            missed = number - position
            self._meter.fail("missed", "a later message came first", missed)
            return True
        return False

    def _find_stamp(self, number: int) -> bytes:
        stamp = self._stamps.get(number)
        if stamp is None:
            if len(self._stamps) >= _MAX_KEPT:
                self._stamps.clear()
            moment = self._start + int(number * self._period)
            stamp = self._stamps[number] = make_stamp(self._run_id, moment)
        return stamp

    def _read_number(self, head: bytes) -> int:
        """Read which message a stamp stands in front of; -1 for none of ours."""
        moment = read_time(self._run_id, head)
        if moment is None:
            return -1
        number = round((moment - self._start) / self._period)
        return number if self._find_stamp(number) == head else -1
