"""Rates and token buckets."""

from __future__ import annotations

import pytest

from wstool.connection.rate import Buckets, Rate


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(10), "10/s"),
        (Rate(0.5), "0.5/s"),
        (Rate(100, 60), "100/min"),
        (Rate(5, 3600), "5/h"),
        (Rate(5, 2), "5/2 s"),
    ],
)
def test_text(rate, text):
    """A rate is written as it is typed."""
    assert str(rate) == text


def test_burst_and_rate():
    """A second's worth can be taken at once, then as much as the rate brings."""
    buckets = Buckets(Rate(3))

    assert [buckets.take("a", 1, 10.0) for _ in range(4)] == [True] * 3 + [False]
    assert not buckets.take("a", 1, 10.3)
    assert buckets.take("a", 1, 10.4)
    assert not buckets.take("a", 1, 10.4)
    assert [buckets.take("a", 1, 99.0) for _ in range(4)] == [True] * 3 + [False]


def test_slow_rate():
    """A rate below one a second lets one through, and the next in its time."""
    buckets = Buckets(Rate(2, 60))

    assert buckets.take("a", 1, 0.0)
    assert buckets.find_wait("a", 0.0) == pytest.approx(30)
    assert not buckets.take("a", 1, 29.0)
    assert buckets.take("a", 1, 30.0)


def test_debt():
    """What is larger than the bucket passes once, and is paid for."""
    buckets = Buckets(Rate(100))

    assert buckets.take("a", 500, 0.0)
    assert not buckets.take("a", 1, 4.0)
    assert buckets.take("a", 1, 4.02)


def test_nothing_costs_nothing():
    """An empty message needs nothing in the bucket."""
    buckets = Buckets(Rate(1))

    assert buckets.take("a", 1, 0.0)
    assert buckets.take("a", 0, 0.0)


def test_count_affordable():
    """Of several, those are counted that there was something for."""
    buckets = Buckets(Rate(10))

    assert buckets.count_affordable("a", [4, 4, 4, 4], 0.0) == 3
    assert buckets.count_affordable("b", [1, 1], 0.0) == 2


def test_keys_are_apart():
    """Each key has a bucket of its own."""
    buckets = Buckets(Rate(1))

    assert [buckets.take(key, 1, 0.0) for key in "aabb"] == [True, False] * 2


def test_nothing_is_kept_for_long():
    """Full buckets are forgotten by pruning, and any bucket on request."""
    buckets = Buckets(Rate(1))
    for key, now in (("a", 0.0), ("b", 0.9), ("c", 0.9)):
        buckets.take(key, 1, now)

    buckets.prune(1.0)
    assert len(buckets) == 2
    buckets.forget_oldest()
    buckets.forget("c")
    buckets.forget("unknown")
    assert len(buckets) == 0
