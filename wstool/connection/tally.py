"""What a server has seen: counts for its metrics and its live view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from wstool.connection.handler import Ending
from wstool.connection.server_event import find_last_close
from wstool.connection.traffic import Traffic


__all__ = ["Counts", "Tally"]


class Counts(NamedTuple):
    """Counts since the start."""

    connections: int
    """Those that are open or closing now."""
    arriving: int
    """Opening handshakes that aren't done."""
    opened: int
    closed: dict[str, int]
    """By close code; ``lost`` where there was none."""
    rejected: dict[str, int]
    """By HTTP status; ``none`` where there was no response."""
    messages_received: int
    messages_sent: int
    bytes_received: int
    bytes_sent: int
    round_trips: int
    round_trip_seconds: float


class Tally:
    """Counts as they come; those of open connections are added when asked for."""

    def __init__(self) -> None:
        self.opened = 0
        self._closed: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._ended = [0, 0, 0, 0]
        self._round_trips = 0
        self._round_trip_seconds = 0.0

    def rejected(self, status: int | None) -> None:
        """Count a client that got no connection."""
        self._rejected["none" if status is None else str(status)] += 1

    def ended(self, connection: Traffic, ending: Ending) -> None:
        """Count the end of a connection, and what passed through it."""
        self._closed[_name_end(ending)] += 1
        self._ended = [*map(sum, zip(self._ended, _list(connection), strict=True))]
        self._round_trips += connection.round_trips
        self._round_trip_seconds += connection.round_trip_seconds

    def count(
        self, connections: Iterable[Traffic], arriving: int, delivered: int
    ) -> Counts:
        """
        Count everything.

        Args:
            connections: Those that are open.
            arriving: Number of opening handshakes that aren't done.
            delivered: Messages that were sent otherwise than through ``send``.
        """
        sums, number = list(self._ended), 0
        round_trips, seconds = self._round_trips, self._round_trip_seconds
        for connection in connections:
            number += 1
            round_trips += connection.round_trips
            seconds += connection.round_trip_seconds
            for index, count in enumerate(_list(connection)):
                sums[index] += count
        return Counts(
            number,
            arriving,
            self.opened,
            dict(self._closed),
            dict(self._rejected),
            sums[0],
            sums[1] + delivered,
            sums[2],
            sums[3],
            round_trips,
            seconds,
        )


def _list(connection: Traffic) -> tuple[int, int, int, int]:
    return (
        connection.messages_received,
        connection.messages_sent,
        connection.bytes_received,
        connection.bytes_sent,
    )


def _name_end(ending: Ending) -> str:
    """Name the close code; clients choose from 2,000, so those are grouped."""
    close = find_last_close(ending)
    if close is None:
        return "lost"
    if close.code is None:
        return "none"
    return str(close.code) if close.code < 3000 else f"{close.code // 1000}xxx"
