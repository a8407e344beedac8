"""Keep-alive: when to ping, and when to give the peer up."""

from __future__ import annotations

import pytest

from wstool.connection.keepalive import Action, KeepAlive


NOTHING, PING, GIVE_UP = Action.NOTHING, Action.PING, Action.GIVE_UP


def check(keepalive, now, *, heard=False, resting=False):
    """Ask what is due at a moment."""
    return keepalive.check(now, heard=heard, resting=resting)


@pytest.mark.parametrize(
    ("interval", "timeout", "silence"),
    [
        pytest.param(
            20,
            20,
            {19.9: NOTHING, 20: PING, 39.9: NOTHING, 40: GIVE_UP},
            id="default",
        ),
        pytest.param(
            10,
            25,
            {10: PING, 19: NOTHING, 20: PING, 30: PING, 34.9: NOTHING, 35: GIVE_UP},
            id="later-pings-do-not-extend-the-limit",
        ),
        pytest.param(
            10, 5, {10: PING, 14.9: NOTHING, 15: GIVE_UP}, id="limit-below-interval"
        ),
        pytest.param(
            10, 0, {9: NOTHING, 10: PING, 20: PING, 1000: PING}, id="no-limit"
        ),
        pytest.param(0, 5, {0: NOTHING, 1000: NOTHING}, id="no-pings"),
    ],
)
def test_silence(interval, timeout, silence):
    """A silent peer gets a ping at each interval, and a limit from the first one."""
    keepalive = KeepAlive(interval=interval, timeout=timeout, now=0)

    assert {now: check(keepalive, now) for now in silence} == silence


def test_clock_starts_at_the_opening():
    """The first ping is due an interval after the opening, whatever the clock says."""
    keepalive = KeepAlive(interval=20, timeout=20, now=5000)

    assert check(keepalive, 5019) is NOTHING
    assert check(keepalive, 5020) is PING


def test_any_byte_is_life():
    """A peer from which anything comes after the ping is not given up."""
    keepalive = KeepAlive(interval=20, timeout=20, now=0)

    assert check(keepalive, 20) is PING
    assert check(keepalive, 39, heard=True) is NOTHING
    assert check(keepalive, 40) is PING
    assert check(keepalive, 59) is NOTHING
    assert check(keepalive, 60) is GIVE_UP


def test_busy_line_still_gets_pings():
    """Pings go out at each interval while data comes, and never lead to the end."""
    keepalive = KeepAlive(interval=10, timeout=5, now=0)

    actions = {now: check(keepalive, now, heard=True) for now in range(0, 31, 5)}

    assert [now for now, action in actions.items() if action is PING] == [10, 20, 30]
    assert GIVE_UP not in actions.values()


def test_paused_reader_rests():
    """While we don't read there are no pings, and the pong may wait unread."""
    keepalive = KeepAlive(interval=20, timeout=20, now=0)

    assert check(keepalive, 20) is PING
    assert check(keepalive, 41, resting=True) is NOTHING
    assert check(keepalive, 500, resting=True) is NOTHING
    assert check(keepalive, 501) is PING
    assert check(keepalive, 520) is NOTHING
    assert check(keepalive, 521) is GIVE_UP


def test_postponing_waits_once_more():
    """A peer that gets more time is given up at the end of it."""
    keepalive = KeepAlive(interval=100, timeout=20, now=0)
    assert check(keepalive, 100) is PING
    assert check(keepalive, 120) is GIVE_UP

    keepalive.postpone(120)

    assert check(keepalive, 139) is NOTHING
    assert check(keepalive, 140) is GIVE_UP
