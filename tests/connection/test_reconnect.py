"""When to connect again: the law of the pauses."""

from __future__ import annotations

import pytest

from wstool.connection.reconnect import Backoff, ReconnectOptions


def make_backoff(*, spread=1.0, **options):
    """Make a backoff with a fixed place between 0 and the longest pause."""
    return Backoff(ReconnectOptions(**options), spread=lambda: spread)


def test_defaults():
    """Attempts go on for ever, half a second to half a minute apart."""
    assert ReconnectOptions()._asdict() == {
        "limit": None,
        "delay": 0.5,
        "max_delay": 30.0,
        "on_any": False,
    }


def test_doubling():
    """The longest pause doubles with each attempt, up to the limit."""
    backoff = make_backoff(delay=0.5, max_delay=5.0)

    delays = [backoff.next_delay() for _ in range(6)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize("spread", [0.0, 0.25, 0.999])
def test_full_jitter(spread):
    """A pause may be anywhere between 0 and the longest."""
    backoff = make_backoff(spread=spread, delay=1.0, max_delay=30.0)

    delays = [backoff.next_delay() for _ in range(3)]
    assert delays == [spread, 2 * spread, 4 * spread]


def test_real_spread():
    """Many clients that lost a server at once come back spread over all of a pause."""
    delays = [Backoff(ReconnectOptions(delay=1.0)).next_delay() for _ in range(1000)]

    assert min(delays) < 0.05
    assert max(delays) > 0.95
    assert 0.4 < sum(delays) / len(delays) < 0.6


def test_many_attempts():
    """Attempts without end don't end in an overflow."""
    backoff = make_backoff(delay=0.5, max_delay=30.0)

    assert {backoff.next_delay() for _ in range(5000)} >= {30.0}


def test_delay_of_the_server():
    """A server that asks for a longer pause gets it, one that asks for less doesn't."""
    backoff = make_backoff(delay=1.0, max_delay=4.0)

    assert backoff.next_delay(at_least=60.0) == 60.0
    assert backoff.next_delay(at_least=0.5) == 2.0


def test_no_delay():
    """Pauses can be switched off."""
    backoff = make_backoff(delay=0.0)

    assert [backoff.next_delay() for _ in range(3)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("held", "then"),
    [
        pytest.param(4.1, 1.0, id="held"),
        pytest.param(4.0, 8.0, id="as-long-as-the-pause"),
        pytest.param(0.0, 8.0, id="lost-at-once"),
    ],
)
def test_reset(held, then):
    """Only after a connection that held the pauses begin anew."""
    backoff = make_backoff(delay=1.0, max_delay=30.0)
    for _ in range(3):
        backoff.next_delay()
    backoff.note_held(held)

    assert backoff.next_delay() == then


def test_no_delay_and_a_limit():
    """Without pauses too, a connection that ends at once hasn't held."""
    backoff = make_backoff(limit=2, delay=0.0)
    for _ in range(2):
        backoff.note_held(0.1)
        backoff.next_delay()

    assert backoff.exhausted
    backoff.note_held(1.1)
    assert not backoff.exhausted


def test_limit():
    """Attempts are counted in a row."""
    backoff = make_backoff(limit=2, delay=1.0)
    seen = []
    for held in (0.0, 0.0, 100.0, 0.0, 0.0):
        backoff.note_held(held)
        seen.append(backoff.exhausted)
        backoff.next_delay()

    assert seen == [False, False, False, False, True]
