"""What is counted and measured."""

from __future__ import annotations

import pytest

from wstool.services.interactive.counters import Counters, RoundTrips


def test_counts():
    """Messages and their payloads are counted each way."""
    counters = Counters()
    counters.add_received([b"abc", b""])
    counters.add_sent([b"x"])

    assert (counters.messages_received, counters.bytes_received) == (2, 3)
    assert (counters.messages_sent, counters.bytes_sent) == (1, 1)


def test_ratio():
    """The ratio is payload to wire, over both directions; unknown before any."""
    counters = Counters()
    assert counters.ratio is None
    counters.add_received([b"x" * 90])
    counters.add_sent([b"x" * 10])
    counters.wire_received, counters.wire_sent = 30, 20

    assert counters.ratio == 2


def test_round_trip():
    """A pong ends the round trip of the ping with its payload."""
    trips = RoundTrips()
    trips.start(b"a", 1.0)
    assert trips.finish(b"b", 2.0) is None
    assert trips.finish(b"a", 3.5) == 2.5
    assert trips.finish(b"a", 4.0) is None
    trips.start(b"c", 10.0)
    trips.finish(b"c", 10.5)

    assert (trips.count, trips.last, trips.shortest, trips.longest) == (
        2,
        0.5,
        0.5,
        2.5,
    )
    assert trips.mean == pytest.approx(1.5)


def test_pong_answers_earlier_pings():
    """A peer may answer only the last of several pings (RFC 6455, 5.5.3)."""
    trips = RoundTrips()
    trips.start(b"a", 1.0)
    trips.start(b"b", 2.0)

    assert trips.finish(b"b", 3.0) == 1.0
    assert trips.finish(b"a", 4.0) is None


def test_forgotten():
    """With the connection go its pings."""
    trips = RoundTrips()
    trips.start(b"a", 1.0)
    trips.forget()

    assert trips.finish(b"a", 2.0) is None
    assert trips.mean is None


def test_bounded():
    """Pings that are never answered don't pile up."""
    trips = RoundTrips()
    for number in range(1000):
        trips.start(str(number).encode(), number)

    assert trips.finish(b"0", 2000) is None
    assert trips.finish(b"999", 2000) == 1001
