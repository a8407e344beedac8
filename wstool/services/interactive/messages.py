"""The messages of a conversation: numbered, and kept as far as memory is allowed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from wstool.wire.opcode import Opcode


__all__ = ["MAX_KEPT", "Message", "MessageStore", "Run"]

MAX_KEPT = 32 << 20
"""Bytes of memory for messages that are kept."""
# What Python spends on a bytes object and its place in a list.
_OVERHEAD = 64


class Message(NamedTuple):
    """A message that was sent or received."""

    number: int
    """From 1, both directions in one row."""
    time: float
    """Seconds since the epoch."""
    sent: bool
    opcode: Opcode
    payload: bytes


class Run(NamedTuple):
    """Messages of one kind and direction that came together."""

    first: int
    """Number of the first one."""
    time: float
    sent: bool
    opcode: Opcode
    payloads: list[bytes]

    @property
    def last(self) -> int:
        """Number of the last one."""
        return self.first + len(self.payloads) - 1

    def message(self, number: int) -> Message:
        """Give the one with a number."""
        payload = self.payloads[number - self.first]
        return Message(number, self.time, self.sent, self.opcode, payload)


class MessageStore:
    """
    Keep the newest messages; the last run is always kept.

    Args:
        max_kept: Bytes of memory.
    """

    def __init__(self, max_kept: int = MAX_KEPT) -> None:
        self._max_kept = max_kept
        self._runs: deque[tuple[Run, int]] = deque()
        self._next = 1
        self.kept_bytes = 0
        """Bytes of memory in use."""

    @property
    def count(self) -> int:
        """How many messages there have been."""
        return self._next - 1

    @property
    def first_kept(self) -> int:
        """Number of the oldest message kept; one more than `count` if none is."""
        return self._runs[0][0].first if self._runs else self._next

    def add(
        self, opcode: Opcode, payloads: list[bytes], *, sent: bool, time: float
    ) -> Run:
        """Give messages numbers and keep them, at the cost of the oldest."""
        run = Run(self._next, time, sent, opcode, payloads)
        cost = sum(map(len, payloads)) + _OVERHEAD * len(payloads)
        self._next += len(payloads)
        self._runs.append((run, cost))
        self.kept_bytes += cost
        while self.kept_bytes > self._max_kept and len(self._runs) > 1:
            self.kept_bytes -= self._runs.popleft()[1]
        return run

    def find(self, number: int) -> Message | None:
        """Find a message; None if there is none, or it's no longer kept."""
        if not self.first_kept <= number < self._next:
            return None
        for run, _ in reversed(self._runs):
            if run.first <= number:
                return run.message(number)
        raise AssertionError(f"message {number} is in no run")

    def newest(self, count: int) -> list[Message]:
        """Give the last messages kept, the oldest of them first."""
        newest = list(islice(self._backwards(), count))
        newest.reverse()
        return newest

    @property
    def kept(self) -> int:
        """How many are kept."""
        return self._next - self.first_kept

    def runs(self) -> list[Run]:
        """Give all that is kept."""
        return [run for run, _ in self._runs]

    def _backwards(self) -> Iterator[Message]:
        for run, _ in reversed(self._runs):
            for number in range(run.last, run.first - 1, -1):
                yield run.message(number)
