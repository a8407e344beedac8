"""The numbers of ping's summary."""

from __future__ import annotations

import pytest

from wstool.measure.spread import Spread


def test_empty():
    """Without a round trip everything is 0."""
    spread = Spread()

    assert (spread.count, spread.mean, spread.mdev, spread.percentile(50)) == (0,) * 4


def test_numbers():
    """Mean and deviation are exact, and mdev is the one of ping(8)."""
    spread = Spread()
    for duration in (1_000_000, 2_000_000, 6_000_000):
        spread.add(duration)

    assert (spread.count, spread.minimum, spread.maximum) == (3, 1_000_000, 6_000_000)
    assert spread.mean == 3_000_000
    assert spread.mdev == pytest.approx(2_160_246.9, abs=0.1)
    assert spread.percentile(50) == pytest.approx(2_000_000, rel=0.002)


def test_percentile_bounds():
    """No percentile is beyond the largest or below the smallest duration."""
    spread = Spread()
    spread.add(1_234_567)

    assert spread.percentile(0) == spread.percentile(100) == 1_234_567
