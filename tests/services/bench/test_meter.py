"""Counters and samples."""

from __future__ import annotations

import pytest

from wstool import errors
from wstool.cli._status import find_status
from wstool.measure.recorder import unpack_counts
from wstool.services.bench.meter import Failure, Meter, name_error


def test_sample():
    """A sample has what came since the last one."""
    meter = Meter()
    meter.sent, meter.received = 3, 2
    meter.latency.record(1_000_000, 2)
    meter.fail("unanswered", "first")
    meter.fail("unanswered", "second", 2)
    meter.fail("nothing", "none", 0)
    sample = meter.take(0.25)

    assert (sample.start, sample.end, sample.sent, sample.received) == (0, 0.25, 3, 2)
    assert [count for _, count in unpack_counts(sample.latency)] == [2]
    assert sample.errors == {"unanswered": Failure(3, "first")}
    assert meter.take(0.5) == meter.take(0.5)._replace(start=0.25)


def test_turned():
    """Messages that came back and left again count as both."""
    meter = Meter()
    meter.sent, meter.bytes_sent = 1, 10
    meter.turned, meter.turned_size = 5, 64
    sample = meter.take(0.25)

    assert (sample.sent, sample.bytes_sent) == (6, 330)
    assert (sample.received, sample.bytes_received) == (5, 320)
    assert meter.take(0.5).received == 0


def test_falls_are_bounded():
    """Of ten thousand connections that fall, the first ones are told, all counted."""
    meter = Meter()
    for number in range(10_000):
        meter.fall(float(number), "connection_lost", "gone")
    sample = meter.take(1.0)

    assert (len(sample.falls), sample.fell) == (100, 10_000)
    assert meter.take(2.0).fell == 0
    assert sample.errors["connection_lost"].times == 10_000


@pytest.mark.parametrize(
    "error",
    [
        errors.ConnectFailed("h", "refused"),
        errors.TLSFailed("h", "no"),
        errors.ConnectionLost("gone"),
        errors.TimedOut("waiting", 1, "--x"),
        errors.MessageTooBig("big"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_names(error):
    """Errors have the names of the exit statuses."""
    assert name_error(error) == find_status(error).name.lower()
