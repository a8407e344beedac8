"""What is due at a rate, and when."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random


__all__ = ["EVEN", "Metronome", "make_random_pattern"]

EVEN = (0.0,)
"""The pattern of messages that are spaced evenly."""

# Loops wake up by whole milliseconds. The rest of the time is waited for turn by turn,
# which keeps a core busy and is right within microseconds.
_COARSE = 2_000_000


class Metronome:
    """
    Say when messages are due: the one with number k at start + k / rate.

    With a pattern they come in bursts and pauses, at that rate on average. The times
    don't depend on anything that happens, so a stall postpones none of them.
    """

    def __init__(
        self,
        rate: float,
        due: Callable[[int, int, int], None],
        *,
        pattern: Sequence[float] = EVEN,
        awake: bool = False,
        clock: Callable[[], int],
    ) -> None:
        """
        Prepare.

        Args:
            rate: Messages a second.
            due: Takes the first number that is due, the first that isn't yet, and the
                time.
            pattern: When messages are due, in periods since the first of so many
                messages was; it comes round again.
            awake: Whether to wait turn by turn all the time.
        """
        self._pattern = pattern
        self._awake = awake
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
        rounds, index = divmod(number, len(self._pattern))
        periods = rounds * len(self._pattern) + self._pattern[index]
        return self._start + int(periods * self.period)

    def count_before(self, seconds: float) -> int:
        """Count the messages that are due before so many seconds are over."""
        return self._count(bisect_left, seconds * 1e9)

    def _count(
        self, bisect: Callable[[Sequence[float], float], int], nanoseconds: float
    ) -> int:
        rounds, rest = divmod(nanoseconds / self.period, len(self._pattern))
        return int(rounds) * len(self._pattern) + bisect(self._pattern, rest)

    def _tick(self) -> None:
        now = self._clock()
        first = self._next
        after = max(self._count(bisect_right, now - self._start), first)
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
        if wait > _COARSE and not self._awake:
            seconds = (wait - _COARSE // 2) / 1e9
            self._handle = self._loop.call_later(seconds, self._tick)
        else:
            self._handle = self._loop.call_soon(self._tick)


def make_random_pattern(count: int, chance: Random) -> tuple[float, ...]:
    """
    Make a pattern of so many messages that come as those of many strangers do.

    Each has nothing to do with the one before it (Poisson), but there are no more of
    them in a round than the rate says.
    """
    gaps = [chance.expovariate(1.0) for _ in range(count)]
    scale = count / sum(gaps)
    return tuple(moment * scale for moment in accumulate(gaps[:-1], initial=0.0))
