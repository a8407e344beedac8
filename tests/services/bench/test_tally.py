"""Samples of several processes."""

from __future__ import annotations

from wstool.services.bench.meter import Failure, Meter, Sample
from wstool.services.bench.tally import Tally


def make_sample(end, latency, **fields):
    """Make a sample with a latency in milliseconds."""
    meter = Meter()
    meter.latency.record(latency * 1_000_000)
    return meter.take(end)._replace(sent=10, received=10, open=2, **fields)


def test_sum():
    """Everything is added; histograms aren't averaged."""
    tally = Tally()
    tally.add(make_sample(0.5, 10, errors={"x": Failure(2, "first")}), 0)
    tally.add(make_sample(0.5, 90, errors={"x": Failure(1, "other")}), 1)
    tally.add(Sample(0.5, 1.2, measured=1.0), 0)
    tally.add(Sample(0.5, 1.2, received=1, measured=0.9, open=0), 1)
    tally.finish()

    assert (tally.sent, tally.received, tally.in_time) == (20, 21, [20, 20])
    assert (tally.measured, tally.open, tally.error_count) == (1.0, 0, 3)
    assert tally.errors == {"x": Failure(3, "first")}
    assert 89e6 < tally.latency.percentile(99) < 91e6
    assert 9e6 < tally.latency.percentile(50) < 11e6


def test_timeline():
    """The timeline has a row for each second, and none for what came after."""
    tally = Tally()
    for quarter in range(1, 13):
        tally.add(make_sample(quarter / 4, quarter), 0)
    tally.add(Sample(3.0, 3.4, measured=3.01), 0)
    tally.finish()

    assert [(row.second, row.received) for row in tally.rows] == [
        (0, 40),
        (1, 40),
        (2, 40),
    ]
    assert tally.rows[0].p50 < tally.rows[2].p50


def test_bounded():
    """Only the last seconds keep a histogram."""
    tally = Tally()
    for second in range(1, 100):
        tally.add(make_sample(float(second), 5), 0)

    assert len(tally._seconds) < 5
    assert len(tally.rows) >= 95
