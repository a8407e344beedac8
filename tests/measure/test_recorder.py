"""Counting durations as the library's histogram would."""

from __future__ import annotations

import random

import pytest

from wstool.measure.histogram import Histogram
from wstool.measure.recorder import Recorder, unpack_counts


HOUR = 3_600_000_000_000


@pytest.mark.parametrize("digits", range(1, 13))
def test_buckets(digits):
    """Every duration is in the bucket that the library puts it into."""
    recorder, ours, theirs = Recorder(), Histogram(), Histogram()
    draw = random.Random(digits)
    for value in [draw.randrange(10**digits) for _ in range(1000)]:
        assert recorder.record(value)
        theirs.record(value)
    ours.add_counts(recorder.take())

    assert ours.buckets() == theirs.buckets()
    assert ours.count == theirs.count == 1000
    for percent in (0, 50, 99, 100):
        assert ours.percentile(percent) == theirs.percentile(percent)


def test_counts():
    """A duration may be recorded many times at once."""
    recorder = Recorder()
    recorder.record(1_000_000, 31)
    recorder.record(1_000_000)

    assert [count for _, count in unpack_counts(recorder.take())] == [32]


def test_taken_once():
    """What was taken isn't taken again, and nothing is no bytes."""
    recorder = Recorder()
    assert recorder.take() == b""
    recorder.record(5)
    assert recorder.take()
    assert recorder.take() == b""


@pytest.mark.parametrize(("value", "taken"), [(0, True), (HOUR, True)])
def test_bounds(value, taken):
    """An hour is the longest duration that surely fits."""
    assert Recorder().record(value) is taken


@pytest.mark.parametrize("value", [-1, -(1 << 40), 3 * HOUR, 1 << 80])
def test_beyond(value):
    """What is no duration, or too long, is left out."""
    recorder = Recorder()

    assert not recorder.record(value)
    assert recorder.take() == b""


def test_ends():
    """The shortest and the longest duration that there are can be taken together."""
    recorder, histogram = Recorder(), Histogram()
    recorder.record(0)
    recorder.record(HOUR)
    histogram.add_counts(recorder.take())

    assert histogram.count == 2
    assert histogram.percentile(100) == pytest.approx(HOUR, rel=0.002)
