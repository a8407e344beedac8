"""How durations spread, as ping(8) sums them up."""

from __future__ import annotations

import math

from wstool.measure.histogram import Histogram


__all__ = ["Spread"]


class Spread:
    """The round trips so far, in bounded memory; all in nanoseconds."""

    __slots__ = ("_histogram", "_squares", "_sum", "count", "maximum", "minimum")

    def __init__(self) -> None:
        """Start empty."""
        self._histogram = Histogram()
        self._sum = 0
        self._squares = 0
        self.count = 0
        self.minimum = 0
        self.maximum = 0

    def add(self, duration: int) -> None:
        """Take a duration."""
        self._histogram.record(duration)
        self._sum += duration
        self._squares += duration * duration
        self.minimum = min(duration, self.minimum) if self.count else duration
        self.maximum = max(duration, self.maximum)
        self.count += 1

    @property
    def mean(self) -> float:
        """The mean; 0 without any."""
        return self._sum / self.count if self.count else 0.0

    @property
    def mdev(self) -> float:
        """The standard deviation, which ping(8) calls mdev; 0 without any."""
        if not self.count:
            return 0.0
        variance = self._squares / self.count - self.mean**2
        return math.sqrt(max(variance, 0.0))

    def percentile(self, percent: float) -> float:
        """Give a percentile, never beyond the smallest and the largest duration."""
        value = self._histogram.percentile(percent)
        return min(max(value, self.minimum), self.maximum)
