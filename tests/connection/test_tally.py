"""What a server has seen."""

from __future__ import annotations

import pytest

from wstool.connection.handler import Ending
from wstool.connection.tally import Tally
from wstool.connection.traffic import Traffic
from wstool.wire.close import Close


def make_traffic(*counts):
    """Make a connection's counts."""
    traffic = Traffic()
    (
        traffic.messages_received,
        traffic.messages_sent,
        traffic.bytes_received,
        traffic.bytes_sent,
    ) = counts
    return traffic


def test_counts():
    """What has ended counts with what is open, and with what went out otherwise."""
    tally = Tally()
    tally.opened = 3
    tally.ended(make_traffic(1, 2, 3, 4), Ending(None, Close(1000), None))
    counts = tally.count([make_traffic(10, 20, 30, 40)] * 2, 7, 100)

    assert counts.connections == 2
    assert counts.arriving == 7
    assert counts.opened == 3
    assert counts.messages_received == 21
    assert counts.messages_sent == 142
    assert counts.bytes_received == 63
    assert counts.bytes_sent == 84


@pytest.mark.parametrize(
    ("close", "name"),
    [
        (Close(1000), "1000"),
        (Close(3001), "3xxx"),
        (Close(4999, "x"), "4xxx"),
        (Close(), "none"),
        (None, "lost"),
    ],
)
def test_ends(close, name):
    """Ends are counted by code; those that clients can make up are grouped."""
    tally = Tally()
    tally.ended(Traffic(), Ending(None, close, None))

    assert tally.count([], 0, 0).closed == {name: 1}


def test_rejections():
    """Rejections are counted by the status of the response, if there was one."""
    tally = Tally()
    for status in (401, 401, None):
        tally.rejected(status)

    assert tally.count([], 0, 0).rejected == {"401": 2, "none": 1}


def test_round_trips():
    """Round trips are counted and summed; a pong that nobody waits for is none."""
    tally = Tally()
    ended, open_ = Traffic(), Traffic()
    for traffic, pinged_at in ((ended, 1.0), (open_, 1.5)):
        traffic.pong_arrived(1.0)
        traffic.pinged_at = pinged_at
        traffic.pong_arrived(2.0)
        traffic.pong_arrived(9.0)
    tally.ended(ended, Ending(None, None, None))

    counts = tally.count([open_], 0, 0)

    assert (counts.round_trips, counts.round_trip_seconds) == (2, 1.5)
    assert open_.round_trip == 0.5
