"""
Rates, and the token buckets that hold clients to them.

A bucket fills at its rate up to a second's worth, at least one. Whoever finds
something in it may take more than there is, and then waits until the debt is paid: so
a message larger than the bucket passes, and the rate holds in the long run.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar


__all__ = ["Buckets", "Rate"]

_Key = TypeVar("_Key", bound=Hashable)


class Rate(NamedTuple):
    """So many in so much time."""

    amount: float
    seconds: float = 1.0

    def __str__(self) -> str:
        unit = {1.0: "s", 60.0: "min", 3600.0: "h"}.get(self.seconds)
        return f"{self.amount:g}/{unit or f'{self.seconds:g} s'}"


class Buckets(Generic[_Key]):
    """A token bucket for each key; the clock is the caller's."""

    __slots__ = ("_buckets", "_burst", "_per_second")

    def __init__(self, rate: Rate) -> None:
        self._per_second = rate.amount / rate.seconds
        self._burst = max(self._per_second, 1.0)
        self._buckets: dict[_Key, tuple[float, float]] = {}

    def __len__(self) -> int:
        """Count the buckets that aren't full."""
        return len(self._buckets)

    def take(self, key: _Key, amount: int, now: float) -> bool:
        """Take some; tell whether there was anything to take from."""
        level = self._find_level(key, now)
        # Filling adds fractions, which don't add up to a whole exactly.
        if level < min(amount, 1) - 1e-9:
            return False
        self._buckets[key] = (level - amount, now)
        return True

    def count_affordable(self, key: _Key, amounts: list[int], now: float) -> int:
        """Take one amount after the other; count those there was something for."""
        for count, amount in enumerate(amounts):
            if not self.take(key, amount, now):
                return count
        return len(amounts)

    def find_wait(self, key: _Key, now: float) -> float:
        """Find how many seconds it is until there is something to take again."""
        return max((1 - self._find_level(key, now)) / self._per_second, 0.0)

    def forget(self, key: _Key) -> None:
        """Forget a key."""
        self._buckets.pop(key, None)

    def forget_oldest(self) -> None:
        """Forget the bucket that was made first."""
        del self._buckets[next(iter(self._buckets))]

    def prune(self, now: float) -> None:
        """Forget the buckets that are full again."""
        full = [
            key for key in self._buckets if self._find_level(key, now) >= self._burst
        ]
        for key in full:
            del self._buckets[key]

    def _find_level(self, key: _Key, now: float) -> float:
        level, since = self._buckets.get(key, (self._burst, now))
        return min(level + (now - since) * self._per_second, self._burst)
