"""Whether to connect again: a row for each way in which a connection can end."""

from __future__ import annotations

import pytest

from wstool.connection.handler import Ending
from wstool.connection.reconnect import ReconnectOptions
from wstool.errors import (
    ClosedWithError,
    ConnectFailed,
    ConnectionLost,
    ExpectationFailed,
    HandshakeRefused,
    MessageTooBig,
    ProtocolViolation,
    TimedOut,
    Undelivered,
    UsageError,
)
from wstool.services.pipe.retrying import Retrying
from wstool.wire.close import Close


LOST = ConnectionLost("reset")


class Told:
    """A ``Retrying`` with a clock, and what it has told."""

    def __init__(self, **options):
        self.now = 0.0
        self.notes = []
        self.retrying = Retrying(
            ReconnectOptions(**options),
            clock=lambda: self.now,
            note=self.notes.append,
            spread=lambda: 1.0,
        )

    def find_pause(self, error, close=None):
        """Decide after an end."""
        return self.retrying.find_pause(error, Ending(None, close, None, True))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(LOST, id="lost"),
        pytest.param(ConnectFailed("x", "connection refused"), id="refused"),
        pytest.param(TimedOut("resolving x", 10, "--connect-timeout"), id="time-limit"),
        pytest.param(Undelivered(1, 2, "closed"), id="undelivered"),
        pytest.param(ClosedWithError(1011, "1011"), id="internal-error"),
        pytest.param(ClosedWithError(1012, "1012"), id="service-restart"),
        pytest.param(ClosedWithError(1013, "1013"), id="try-again-later"),
        pytest.param(ClosedWithError(4000, "4000"), id="private-use"),
        *[
            pytest.param(HandshakeRefused(status, ""), id=str(status))
            for status in (408, 425, 429, 500, 502, 503, 504)
        ],
    ],
)
def test_heals(error):
    """What may pass is worth another attempt."""
    assert Told().find_pause(error) == 0.5


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(UsageError("x"), id="usage"),
        pytest.param(ProtocolViolation("RFC 6455, 5.2", "x"), id="violation"),
        pytest.param(MessageTooBig("x"), id="too-big"),
        *[
            pytest.param(ClosedWithError(code, str(code)), id=str(code))
            for code in (1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003)
        ],
        *[
            pytest.param(HandshakeRefused(status, ""), id=str(status))
            for status in (200, 301, 400, 401, 403, 404, 407, 410, 426, 501, 505)
        ],
    ],
)
def test_does_not_heal(error):
    """What would come of another attempt too ends it, unless that is asked for."""
    told = Told()
    assert told.find_pause(error) is None
    assert told.notes == []

    assert Told(on_any=True).find_pause(error) == 0.5


@pytest.mark.parametrize("error", [None, ExpectationFailed("1 message", "none")])
@pytest.mark.parametrize(
    ("code", "pause"),
    [
        pytest.param(1000, None, id="done"),
        pytest.param(None, None, id="no-code"),
        pytest.param(1001, 0.5, id="going-away"),
    ],
)
def test_closed_in_peace(error, code, pause):
    """A peer that closed in peace is done, unless it said that it goes away."""
    assert Told().find_pause(error, Close(code)) == pause


def test_pauses():
    """Pauses grow until a connection has held for longer than they could be."""
    told = Told(delay=1.0, max_delay=8.0)
    pauses = []
    for held in (None, 0.5, None, 5.0, None):
        if held is not None:
            told.retrying.note_opened()
            told.now += held
        pauses.append(told.find_pause(LOST))
    assert pauses == [1.0, 2.0, 4.0, 1.0, 2.0]


def test_time_between_connections_counts_for_nothing():
    """A pause is no connection that held."""
    told = Told(delay=1.0, max_delay=8.0)
    told.retrying.note_opened()
    told.find_pause(LOST)
    told.now += 100.0

    assert told.find_pause(LOST) == 2.0


def test_limit():
    """Each attempt is told with its number; the last error is left to the caller."""
    told = Told(delay=1.0, max_delay=8.0, limit=2)
    pauses = [told.find_pause(LOST) for _ in range(3)]

    assert pauses == [1.0, 2.0, None]
    assert told.notes == [
        f"{LOST}; connecting again in 1.00 s, attempt 1 of 2",
        f"{LOST}; connecting again in 2.00 s, attempt 2 of 2",
    ]


def test_retry_after():
    """A server that says when it wants to be asked again is asked then."""
    told = Told(delay=1.0)
    busy = HandshakeRefused(503, "Busy", retry_after="90")

    assert told.find_pause(busy) == 90.0
    assert told.notes == [
        "the server refused the handshake: HTTP 503 Busy; "
        "connecting again in 90.00 s (Retry-After), attempt 1"
    ]


@pytest.mark.parametrize("text", ["", "soon", "-1"])
def test_malformed_retry_after(text):
    """A server that asks for nothing that makes sense is asked again as any other."""
    told = Told(delay=1.0)

    assert told.find_pause(HandshakeRefused(503, "Busy", retry_after=text)) == 1.0


def test_retry_after_of_a_proxy():
    """A proxy can ask for a pause too."""
    busy = ConnectFailed("x", "the proxy refused", retry_after="90")

    assert Told().find_pause(busy) == 90.0


def test_going_away_is_told():
    """Where there is no error, the close frame is the reason."""
    told = Told()
    told.find_pause(None, Close(1001, "restart"))

    assert told.notes == [
        "the peer closed the connection: 1001 (going away) restart; "
        "connecting again in 0.50 s, attempt 1"
    ]
