"""Whether and when it's dialed again."""

from __future__ import annotations

import pytest

from wstool.connection.handler import Ending
from wstool.connection.reconnect import Backoff, ReconnectOptions
from wstool.errors import (
    ClosedWithError,
    ConnectFailed,
    ConnectionLost,
    HandshakeRefused,
)
from wstool.services.interactive.retry import BackoffRetry, NoRetry
from wstool.wire.close import Close


LOST = ConnectionLost("gone")


def make_retry(clock=lambda: 0.0, **options):
    """Make a policy without chance."""
    chosen = ReconnectOptions(**options)
    return BackoffRetry(chosen, now=clock, backoff=Backoff(chosen, spread=lambda: 1.0))


def test_pauses_grow():
    """Each attempt in a row waits longer, up to the limit."""
    retry = make_retry(delay=1, max_delay=5)

    assert [retry.next_delay(LOST, None) for _ in range(5)] == [1, 2, 4, 5, 5]


def test_held_connection_starts_anew():
    """After a connection that held, the pauses begin from the shortest."""
    now = 0.0
    retry = make_retry(lambda: now, delay=1, max_delay=30)
    retry.next_delay(LOST, None)
    retry.next_delay(LOST, None)
    retry.opened()
    now = 0.5
    assert retry.next_delay(LOST, None) == 4
    retry.opened()
    now = 100.0
    assert retry.next_delay(LOST, None) == 1


def test_limit():
    """After so many attempts in a row it gives up."""
    retry = make_retry(limit=2)

    assert [retry.next_delay(LOST, None) is None for _ in range(3)] == [
        False,
        False,
        True,
    ]


def test_retry_after():
    """A server that says how long to wait is heard."""
    refusal = HandshakeRefused(503, "", retry_after="120")

    assert make_retry(delay=1).next_delay(refusal, None) == 120


@pytest.mark.parametrize(
    ("error", "code", "again"),
    [
        (LOST, None, True),
        (ConnectFailed("x", "connection refused"), None, True),
        (HandshakeRefused(401, ""), None, False),
        (ClosedWithError(1012, ""), 1012, True),
        (ClosedWithError(1008, ""), 1008, False),
        (None, 1000, False),
        (None, 1001, True),
        (None, None, False),
    ],
)
def test_what_may_pass(error, code, again):
    """What can't heal, or is over in peace, isn't tried again unless that's wanted."""
    ending = Ending(error, Close(code), Close(code), closed_by_peer=True)

    assert (make_retry().next_delay(error, ending) is not None) is again
    assert make_retry(on_any=True).next_delay(error, ending) is not None


def test_no_retry():
    """Without --reconnect it's left to the user."""
    retry = NoRetry()
    retry.opened()

    assert retry.next_delay(LOST, None) is None
