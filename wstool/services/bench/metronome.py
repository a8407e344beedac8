"""What is due at a rate, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


__all__ = ["Metronome"]

# Loops wake up by whole milliseconds. The rest of the time is waited for turn by turn,
# which keeps a core busy and is right within microseconds.
_COARSE = 2_000_000


class Metronome:
    """
    Say when messages are due: the one with number k at start + k / rate.

    The times don't depend on anything that happens, so a stall postpones none of them.
    """

    def __init__(
        self,
        rate: float,
        due: Callable[[int, int, int], None],
        *,
        clock: Callable[[], int],
    ) -> None:
        """
        Prepare.

        Args:
            rate: Messages a second.
            due: Takes the first number that is due, the first that isn't yet, and the
                time.
        """
        self.period = 1e9 / rate
        """Nanoseconds between two messages."""
        self._due = due
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self._start = 0
        self._next = 0
        self._limit: int | None = None

    def begin(self, start: int, limit: int | None) -> None:
        """Begin; after so many messages nothing is due any more."""
        self._start = start
        self._limit = limit
        self._tick()

    def stop(self) -> None:
        """Say nothing more."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None

    def intended(self, number: int) -> int:
        """Tell when a message was to leave."""
        return self._start + int(number * self.period)

    def _tick(self) -> None:
        now = self._clock()
        first = self._next
        after = max(int((now - self._start) / self.period) + 1, first)
        if self._limit is not None:
            after = min(after, self._limit)
        if now < self._start:
            after = first
        self._next = after
        if after > first:
            self._due(first, after, now)
        if self._next == self._limit:
            self._handle = None
            return
        wait = self.intended(self._next) - now
        if wait > _COARSE:
            seconds = (wait - _COARSE // 2) / 1e9
            self._handle = self._loop.call_later(seconds, self._tick)
        else:
            self._handle = self._loop.call_soon(self._tick)
