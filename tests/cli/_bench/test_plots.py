"""Plots of characters."""

from __future__ import annotations

from itertools import pairwise

from wstool.cli._bench.plots import find_bins, render_histogram, render_percentiles
from wstool.measure.histogram import Histogram


def make_histogram(*milliseconds):
    """Make a histogram."""
    histogram = Histogram()
    for value in milliseconds:
        histogram.record(int(value * 1e6))
    return histogram


def test_bins():
    """All durations are in the bins, which touch one another."""
    bins = find_bins(make_histogram(1, 2, 4, 8, 1000), 8)

    assert sum(count for _, _, count in bins) == 5
    assert all(a[1] == b[0] for a, b in pairwise(bins))


def test_few():
    """Nothing gives no bins, and equal durations one."""
    assert find_bins(Histogram()) == []
    assert [count for _, _, count in find_bins(make_histogram(5, 5, 5))] == [3]
    assert list(render_percentiles(Histogram(), 80)) == []
    assert list(render_histogram(Histogram(), 80)) == []


def test_lines():
    """No line is wider than it may be, and the most frequent bin fills it."""
    histogram = make_histogram(*[1] * 1000, 500, 2)
    lines = list(render_histogram(histogram, 60))
    assert max(map(len, lines)) == len(lines[0]) == 60
    assert lines[-1].endswith("1 ▏")

    lines = list(render_percentiles(histogram, 60))
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("      10 %    1.00 ms ")
    assert lines[-1].startswith("     100 %     500 ms ")


def test_narrow():
    """Where there is no room for bars there are none."""
    assert all("█" not in line for line in render_histogram(make_histogram(1, 9), 10))
