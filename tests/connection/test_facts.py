"""Facts of a connection beneath WebSocket, as they are told."""

from __future__ import annotations

from wstool.connection.facts import Route


def test_direct_route():
    """A route is direct unless it says through which proxy it leads."""
    assert Route("127.0.0.1:443", "127.0.0.1:50000").proxy is None
