"""Each message once and in order."""

from __future__ import annotations

import pytest

from wstool.measure.histogram import Histogram
from wstool.services.bench.deliveries import Deliveries
from wstool.services.bench.meter import Meter
from wstool.services.bench.stamp import make_stamp

from support.parties import RUN_ID, make_versus_load


START = 1_000_000_000
PERIOD = 100_000_000


def message(number, *, run_id=RUN_ID, shift=0):
    """Make a message."""
    return make_stamp(run_id, START + number * PERIOD + shift) + b" text"


def take(position, payloads, now=START + 5 * PERIOD):
    """Take messages; give the position behind them, and what was counted."""
    meter = Meter()
    deliveries = Deliveries(make_versus_load(limit=10, rate=10.0), meter)
    deliveries.begin(START)
    after = deliveries.take(position, payloads, now)
    sample = meter.take(1.0)
    errors = {kind: failure.times for kind, failure in sample.errors.items()}
    return after, sample, errors


def test_in_order():
    """What comes in order is counted, with the time since it was to leave."""
    meter = Meter()
    deliveries = Deliveries(make_versus_load(limit=10, rate=10.0), meter)
    deliveries.begin(START)
    now = START + 3 * PERIOD
    after = deliveries.take(2, [message(2), message(3)], now + 5_000)

    assert (after, meter.received, meter.bytes_received) == (4, 2, 2 * (24 + 5))
    latency = Histogram()
    latency.add_counts(meter.latency.take())
    assert latency.minimum == pytest.approx(5_000, rel=0.01)
    assert latency.maximum == pytest.approx(PERIOD + 5_000, rel=0.01)


@pytest.mark.parametrize(
    ("payloads", "after", "received", "errors"),
    [
        pytest.param([message(4)], 5, 1, {"missed": 2}, id="missed"),
        pytest.param([message(2)] * 2, 3, 1, {"duplicate": 1}, id="twice"),
        pytest.param([message(1)], 2, 0, {"duplicate": 1}, id="old"),
        pytest.param(
            [message(3), message(2)], 4, 1, {"missed": 1, "duplicate": 1}, id="swapped"
        ),
        pytest.param([message(10)], 2, 0, {"unexpected": 1}, id="too-many"),
        pytest.param([message(-1)], 2, 0, {"unexpected": 1}, id="before"),
        pytest.param([message(2, shift=9)], 2, 0, {"unexpected": 1}, id="other-time"),
        pytest.param(
            [message(2, run_id=b"00000000")], 2, 0, {"unexpected": 1}, id="other-run"
        ),
        pytest.param([RUN_ID + b"x" * 16], 2, 0, {"unexpected": 1}, id="no-number"),
        pytest.param([b"", RUN_ID], 2, 0, {"unexpected": 2}, id="short"),
    ],
)
def test_wrong(payloads, after, received, errors):
    """What is missed, comes twice, out of order or from elsewhere is told apart."""
    position, sample, found = take(2, payloads)

    assert (position, sample.received, found) == (after, received, errors)
