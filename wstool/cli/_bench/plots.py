"""A latency histogram and a percentile plot, of characters."""

from __future__ import annotations

import math
from collections.abc import Iterator

from wstool.cli._bench.words import render_count, render_duration
from wstool.measure.histogram import Histogram


__all__ = ["find_bins", "render_histogram", "render_percentiles"]

_BINS = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
# Each row is as many nines further into the tail.
_PERCENTS = (10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0)


def find_bins(
    histogram: Histogram, bins: int = _BINS
) -> list[tuple[float, float, int]]:
    """
    Put the durations into bins that grow by the same factor each.

    Returns:
        Lower and upper end of each bin, and how many durations are in it.
    """
    buckets = histogram.buckets()
    if not buckets:
        return []
    low, high = max(histogram.minimum, 1.0), max(histogram.maximum, 1.0)
    if high <= low * 1.02:
        return [(low, high, histogram.count)]
    factor = (high / low) ** (1 / bins)
    counts = [0] * bins
    for value, count in buckets:
        index = int(math.log(max(value, low) / low) / math.log(factor))
        counts[min(index, bins - 1)] += count
    return [
        (low * factor**index, low * factor ** (index + 1), count)
        for index, count in enumerate(counts)
    ]


def render_histogram(histogram: Histogram, columns: int) -> Iterator[str]:
    """Yield a line for each bin: up to which duration, how many, and a bar."""
    bins = find_bins(histogram)
    most = max((count for _, _, count in bins), default=0)
    for _, high, count in bins:
        label = f"{render_duration(high):>9} {render_count(count):>12}"
        bar = _draw_bar(count / most if most else 0.0, columns - len(label) - 1)
        yield f"{label} {bar}".rstrip()


def render_percentiles(histogram: Histogram, columns: int) -> Iterator[str]:
    """Yield a line for each percentile, with a bar on a scale of logarithms."""
    if not histogram.count:
        return
    values = [histogram.percentile(percent) for percent in _PERCENTS]
    low, high = max(min(values), 1.0) / 1.2, max(*values, 1.0)
    for percent, value in zip(_PERCENTS, values, strict=True):
        label = f"{percent:>8g} % {render_duration(value):>10}"
        share = math.log(max(value, 1.0) / low) / math.log(high / low)
        yield f"{label} {_draw_bar(share, columns - len(label) - 1)}".rstrip()


def _draw_bar(share: float, columns: int) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * max(columns, 0) * 8)
    bar = _FULL * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    # What isn't nothing can be seen.
    return bar or (_EIGHTHS[1] if share > 0 and columns > 0 else "")
