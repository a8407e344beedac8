"""When to connect again: exponential backoff with full jitter."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple


__all__ = ["Backoff", "ReconnectOptions"]

# Doubling more often than this changes nothing, and would end in an overflow.
_MAX_DOUBLINGS = 64
# Seconds that a connection has to last: short pauses must not make one that the server
# ends at once look as if it had held.
_MIN_HELD = 1.0


class ReconnectOptions(NamedTuple):
    """How often to connect again, and how long to wait before."""

    limit: int | None = None
    """Attempts in a row; None for no limit."""
    delay: float = 0.5
    """Longest pause before the first attempt, in seconds; it doubles each time."""
    max_delay: float = 30.0
    """Longest pause before any attempt, in seconds."""
    on_any: bool = False
    """Whether to try again also after what can't heal."""


class Backoff:
    """
    Work out the pauses between attempts.

    The pause before attempt n since the last connection that held is spread evenly
    between 0 and ``min(max_delay, delay * 2 ** (n - 1))``. A connection has held when
    it was open for longer than the pause before it could have been, and than a second.
    """

    def __init__(
        self,
        options: ReconnectOptions,
        *,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """
        Start without any attempt.

        Args:
            spread: Gives a number from 0 to 1.
        """
        self._options = options
        self._spread = spread
        self.attempts = 0
        """Attempts in a row so far."""

    @property
    def exhausted(self) -> bool:
        """Whether there is no attempt left."""
        limit = self._options.limit
        return limit is not None and self.attempts >= limit

    def next_delay(self, *, at_least: float = 0.0) -> float:
        """
        Begin another attempt; give the pause before it in seconds.

        Args:
            at_least: What the server asked for (Retry-After, RFC 9110, 10.2.3).
        """
        self.attempts += 1
        return max(self._ceiling() * self._spread(), at_least)

    def note_held(self, seconds: float) -> None:
        """Take note of how long a connection was open."""
        if seconds > max(self._ceiling(), _MIN_HELD):
            self.attempts = 0

    def _ceiling(self) -> float:
        doublings = min(max(self.attempts - 1, 0), _MAX_DOUBLINGS)
        return min(self._options.max_delay, self._options.delay * 2.0**doublings)
