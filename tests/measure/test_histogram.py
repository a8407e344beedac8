"""Histograms: what they keep, and how they travel."""

from __future__ import annotations

import pytest

from wstool.measure.histogram import Histogram


def make_histogram(*values, count=1):
    """Make a histogram of durations."""
    histogram = Histogram()
    for value in values:
        histogram.record(value, count)
    return histogram


def test_empty():
    """Without a duration everything is 0."""
    histogram = Histogram()

    numbers = (histogram.count, histogram.minimum, histogram.maximum, histogram.mean)
    assert numbers == (0, 0, 0, 0)
    assert (histogram.deviation, histogram.percentile(99)) == (0, 0)
    assert histogram.buckets() == []


@pytest.mark.parametrize("value", [20_000, 1_000_000, 50_000_000, 3_000_000_000_000])
def test_resolution(value):
    """From 64 µs on, a duration is kept within 0.2 percent; from 20 µs on, 0.4."""
    histogram = make_histogram(value)

    tolerance = 0.004 if value < 64_000 else 0.002
    assert histogram.percentile(50) == pytest.approx(value, rel=tolerance)
    assert histogram.maximum == pytest.approx(value, rel=tolerance)
    assert histogram.mean == pytest.approx(value, rel=tolerance)


def test_percentiles():
    """A percentile is the duration that so many are no longer than."""
    histogram = make_histogram(*range(1_000_000, 101_000_000, 1_000_000))

    assert histogram.percentile(50) == pytest.approx(50e6, rel=0.002)
    assert histogram.percentile(99) == pytest.approx(99e6, rel=0.002)
    assert histogram.percentile(100) == pytest.approx(100e6, rel=0.002)


def test_counts():
    """A duration may be recorded many times at once."""
    histogram = make_histogram(1_000_000, count=31)
    histogram.record(2_000_000)

    assert histogram.count == 32
    assert [count for _, count in histogram.buckets()] == [31, 1]


def test_add():
    """Added histograms are what one histogram of all durations would be."""
    first, second = make_histogram(1_000_000, 2_000_000), make_histogram(3_000_000)
    first.add(second)
    first.add(Histogram())

    whole = make_histogram(1_000_000, 2_000_000, 3_000_000)
    assert first.buckets() == whole.buckets()
    assert first.deviation == pytest.approx(whole.deviation)


def test_encoding():
    """What is decoded is what was encoded."""
    histogram = make_histogram(100_000, 5_000_000, 700_000_000)

    assert Histogram.decode(histogram.encode()).buckets() == histogram.buckets()


@pytest.mark.parametrize("text", ["", "zzz", "AAAA", "ä", "HISTFAAAAA"])
def test_decoding_refused(text):
    """What isn't a histogram is named so."""
    with pytest.raises(ValueError, match="not an HDR histogram"):
        Histogram.decode(text)
