"""What a server's log is made of."""

from __future__ import annotations

from wstool.connection.server_event import ServerEvent


def test_server_event():
    """An event says what happened, to whom, and the details."""
    event = ServerEvent("opened", "127.0.0.1:5000", "/chat")

    assert event._asdict() == {
        "kind": "opened",
        "peer": "127.0.0.1:5000",
        "text": "/chat",
    }
