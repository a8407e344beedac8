"""Limits for a connection's life and for its idleness, looked after by the sweep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wstool.connection.transport import Connection
from wstool.wire.close import Close, CloseCode


__all__ = ["AgeOptions", "Ages"]


class AgeOptions(NamedTuple):
    """Limits in seconds; 0 for none."""

    max_lifetime: float = 0.0
    idle_timeout: float = 0.0
    """How long no message may go either way; pings are none."""


class Ages:
    """The ages of connections; nothing is kept where nothing is limited."""

    def __init__(self, options: AgeOptions) -> None:
        self._options = options
        self._born: dict[Connection, float] = {}
        self._active: dict[Connection, tuple[int, float]] = {}

    def opened(self, connection: Connection, now: float) -> None:
        """Begin to count."""
        if self._options.max_lifetime:
            self._born[connection] = now
        if self._options.idle_timeout:
            self._active[connection] = (connection.activity, now)

    def ended(self, connection: Connection) -> None:
        """Forget a connection."""
        self._born.pop(connection, None)
        self._active.pop(connection, None)

    def sweep(self, now: float) -> None:
        """Close the connections that are over a limit."""
        self._close(self._find_old(now), "--max-lifetime", self._options.max_lifetime)
        self._close(self._find_idle(now), "--idle-timeout", self._options.idle_timeout)

    def _find_old(self, now: float) -> list[Connection]:
        limit = self._options.max_lifetime
        old = []
        # The oldest come first.
        for connection, born in self._born.items():
            if now - born < limit:
                break
            old.append(connection)
        return old

    def _find_idle(self, now: float) -> list[Connection]:
        limit = self._options.idle_timeout
        idle = []
        for connection, (activity, since) in self._active.items():
            if connection.activity != activity:
                self._active[connection] = (connection.activity, now)
            elif now - since >= limit:
                idle.append(connection)
        return idle

    def _close(
        self, connections: Iterable[Connection], option: str, limit: float
    ) -> None:
        for connection in connections:
            self.ended(connection)
            reason = f"{option} {limit:g} s is over"
            connection.close(Close(CloseCode.GOING_AWAY, reason))
