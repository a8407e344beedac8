"""
Histograms of durations, by the HdrHistogram library.

Every value is kept within 0.1 percent, in memory that doesn't grow; histograms of
several processes or machines are added, never averaged.
"""

from __future__ import annotations

import math

from hdrh.histogram import HdrHistogram

from wstool.measure.recorder import unpack_counts


__all__ = ["Histogram"]

_LOWEST = 64
_HIGHEST = 3_600 * 1_000_000_000
_DIGITS = 3


class Histogram:
    """Durations in nanoseconds, from 64 ns to an hour."""

    __slots__ = ("_histogram", "record")

    def __init__(self) -> None:
        """Start empty."""
        self._histogram = HdrHistogram(_LOWEST, _HIGHEST, _DIGITS)
        # The library's own method: on the path of every message one call less.
        self.record = self._histogram.record_value
        """Take a duration, and how often it was measured; False if it is too long."""

    @classmethod
    def decode(cls, text: str) -> Histogram:
        """
        Make a histogram from its compressed form.

        Raises:
            ValueError: If it isn't one.
        """
        histogram = cls()
        try:
            histogram._histogram.decode_and_add(text.encode("ascii"))
        except Exception as error:
            # The library raises what its parts raise: of base64, of zlib, its own.
            raise ValueError(f"not an HDR histogram: {error}") from error
        return histogram

    def encode(self) -> str:
        """Spell it in HdrHistogram's compressed form (V2), as base64."""
        encoded: bytes = self._histogram.encode()
        return encoded.decode("ascii")

    def add(self, other: Histogram) -> None:
        """Add what another one holds."""
        if other.count:
            self._histogram.add(other._histogram)

    def add_counts(self, packed: bytes) -> None:
        """Add what a ``Recorder`` of this machine has counted, as it packs it."""
        counted = unpack_counts(packed)
        if not counted:
            return
        library = self._histogram
        counts = library.counts
        for index, count in counted:
            counts[index] += count
        # A twentieth of what it takes to record each of them.
        library.total_count += sum(count for _, count in counted)
        low, high = (library.get_value_from_index(counted[i][0]) for i in (0, -1))
        library.min_value = min(library.min_value, low)
        library.max_value = max(library.max_value, high)

    @property
    def count(self) -> int:
        """How many durations it holds."""
        return int(self._histogram.get_total_count())

    @property
    def minimum(self) -> float:
        """The shortest; 0 without any."""
        return float(self._histogram.get_min_value()) if self.count else 0.0

    @property
    def maximum(self) -> float:
        """The longest; 0 without any."""
        return float(self._histogram.get_max_value()) if self.count else 0.0

    @property
    def mean(self) -> float:
        """The mean; 0 without any."""
        return float(self._histogram.get_mean_value()) if self.count else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation; 0 without any."""
        if not self.count:
            return 0.0
        deviation = float(self._histogram.get_stddev())
        return 0.0 if math.isnan(deviation) else deviation

    def percentile(self, percent: float) -> float:
        """Give the duration that so many percent are no longer than; 0 without any."""
        if not self.count:
            return 0.0
        return float(self._histogram.get_value_at_percentile(percent))

    def buckets(self) -> list[tuple[float, int]]:
        """List the durations that occur, each with how often."""
        return [
            (float(item.value_iterated_to), int(item.count_added_in_this_iter_step))
            for item in self._histogram.get_recorded_iterator()
        ]
