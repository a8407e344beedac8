"""Samples of any number of processes, added up."""

from __future__ import annotations

from typing import NamedTuple

from wstool.measure.histogram import Histogram
from wstool.services.bench.meter import Failure, Fall, Sample


__all__ = ["Row", "Tally"]

_MAX_FALLS = 100
# Samples of different processes come at different times; a second is settled later.
_SETTLED_AFTER = 2
# A run that ends a little after a second has no row for that.
_TOLERANCE = 0.05


class Row(NamedTuple):
    """A second of the timeline."""

    second: int
    sent: int
    received: int
    errors: int
    open: int
    p50: float
    """Nanoseconds; 0 without a latency."""
    p99: float


class _Second:
    """A second that samples are still added to."""

    def __init__(self) -> None:
        self.sent = self.received = self.errors = 0
        self.latency = Histogram()
        self.open: dict[int, int] = {}


class Tally:
    """What all processes have measured so far."""

    def __init__(self) -> None:
        """Start at 0."""
        self.latency = Histogram()
        self.opening = Histogram()
        self.lag = Histogram()
        self.sent = self.received = self.opened = self.fell = 0
        self.bytes_sent = self.bytes_received = 0
        self.in_time = [0, 0]
        """Messages sent and received before the measurement's end."""
        self.measured = 0.0
        """Seconds from the start to the end of the measurement."""
        self.errors: dict[str, Failure] = {}
        self.falls: list[Fall] = []
        self.rows: list[Row] = []
        self.recent = Histogram()
        """Latencies of the last second that is settled."""
        self._open: dict[int, int] = {}
        self._seconds: dict[int, _Second] = {}

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return sum(self._open.values())

    @property
    def error_count(self) -> int:
        """Errors of all kinds."""
        return sum(failure.times for failure in self.errors.values())

    def add(self, sample: Sample, source: int = 0) -> None:
        """Add a sample of a process."""
        self.sent += sample.sent
        self.received += sample.received
        self.bytes_sent += sample.bytes_sent
        self.bytes_received += sample.bytes_received
        self.opened += sample.opened
        self._open[source] = sample.open
        self.fell += sample.fell
        self.falls += sample.falls[: _MAX_FALLS - len(self.falls)]
        for kind, failure in sample.errors.items():
            before = self.errors.get(kind, Failure(0, failure.text))
            times = before.times + failure.times
            self.errors[kind] = before._replace(times=times)
        self.opening.add_counts(sample.opening)
        self.lag.add_counts(sample.lag)
        self._add_to_second(sample, source)
        if sample.measured is None:
            self.in_time[0] += sample.sent
            self.in_time[1] += sample.received
        else:
            self.measured = max(self.measured, sample.measured)

    def finish(self) -> None:
        """Settle the last seconds."""
        for second in sorted(self._seconds):
            self._settle(second)

    def _add_to_second(self, sample: Sample, source: int) -> None:
        end = sample.end if sample.measured is None else sample.measured
        number = int(max(end - _TOLERANCE, 0))
        second = self._seconds.get(number)
        if second is None:
            second = self._seconds[number] = _Second()
            for old in sorted(self._seconds):
                if old < number - _SETTLED_AFTER:
                    self._settle(old)
        second.sent += sample.sent
        second.received += sample.received
        second.errors += sum(failure.times for failure in sample.errors.values())
        second.open[source] = sample.open
        if sample.latency:
            latency = Histogram()
            latency.add_counts(sample.latency)
            second.latency.add(latency)
            self.latency.add(latency)

    def _settle(self, number: int) -> None:
        second = self._seconds.pop(number)
        self.recent = second.latency
        row = Row(
            number,
            second.sent,
            second.received,
            second.errors,
            sum(second.open.values()),
            second.latency.percentile(50),
            second.latency.percentile(99),
        )
        if self.rows and self.rows[-1].second >= number:
            # A process that was late has its share left out of the settled second.
            return
        self.rows.append(row)
