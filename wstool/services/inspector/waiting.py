"""How long a handshake's response was on its way, where that is worth a word."""

from __future__ import annotations

from wstool.services.inspector.findings import Event, EventKind, HandshakeHalf


__all__ = ["SLOW", "note_wait"]

SLOW = 2.0
"""Seconds after which a response is slow."""


def note_wait(request_time: float | None, response: HandshakeHalf) -> Event | None:
    """Note that a response was slow; None if it wasn't, or if nobody knows."""
    if request_time is None or response.time is None:
        return None
    waited = response.time - request_time
    if waited <= SLOW:
        return None
    return Event(
        EventKind.NOTE,
        f"the response came {waited:.1f} s after the request",
        response.connection,
        response.direction,
        time=response.time,
        notable=True,
    )
