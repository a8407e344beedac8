"""Ways for messages to reach clients."""

from __future__ import annotations

from wstool.services.bench.carrier import HOLD, Carriage, Carrier


def test_names():
    """The first one is what the others are compared with."""
    assert [carrier.value for carrier in Carrier] == [
        "websocket",
        "polling",
        "long-polling",
    ]


def test_hold():
    """A long poll is answered before a proxy gives up, which is after 30 s or more."""
    assert 0 < HOLD < 30


def test_nothing():
    """What was not counted is 0, and segments that nobody tells are unknown."""
    assert Carriage() == (0, 0, 0, 0, 0, None, 0.0)
