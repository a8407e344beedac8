"""Messages kept until the peer is known to have them, over several connections."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.transport import Connection
from wstool.phrases import describe_numbers
from wstool.wire.batch import Batch
from wstool.wire.close import Close


__all__ = ["Delivery", "Proof"]

# What is kept, in bytes, before the input has to wait. It bounds what may arrive twice.
_MAX_KEPT = 1 << 20
# What a message takes besides its payload.
_OVERHEAD = 64
_MARK = b"wstool "
# Seconds after which nobody waits any longer for a pong before closing.
_PONG_PATIENCE = 20.0


class Proof(enum.Enum):
    """What proves that messages were delivered."""

    PONG = "pong"
    """The pong that answers a ping sent behind them: the peer has read them."""
    REPLY = "reply"
    """A message received for each, in order: the peer has dealt with them."""


class _Entry(NamedTuple):
    last: int
    """Number of the last message in it."""
    batch: Batch


class Delivery:
    """
    Keep account of numbered messages, from 1 on.

    Those up to ``confirmed`` are delivered. Of those behind it up to the last that was
    handed to a connection it is unknown; they are sent again on the next one, or given
    up where that isn't wanted. The rest has never been sent.
    """

    def __init__(
        self, proof: Proof, *, resend: bool, clock: Callable[[], float]
    ) -> None:
        """
        Begin with nothing.

        Args:
            resend: Whether what may have been delivered is sent again.
            clock: Tells seconds that only go forward.
        """
        self._proof = proof
        self._resend = resend
        self._clock = clock
        self._entries: deque[_Entry] = deque()
        self._size = 0
        self._handed = 0
        self._marked: int | None = None
        self._marked_at = 0.0
        self._dropped: list[tuple[int, int]] = []
        self.total = 0
        """Messages taken from the input."""
        self.confirmed = 0
        """Messages that are delivered, or were given up as unknown."""
        self.confirmed_at = clock()
        """When the last of them was."""

    @property
    def pending(self) -> int:
        """Messages that are not known to be delivered, nor given up."""
        return self.total - self.confirmed

    @property
    def delivered(self) -> int:
        """Messages that are known to be delivered."""
        return self.confirmed - sum(last - first + 1 for first, last in self._dropped)

    @property
    def is_full(self) -> bool:
        """Whether the input has to wait."""
        return self._size >= _MAX_KEPT

    @property
    def awaits_pong(self) -> bool:
        """Whether a pong may still come that confirms messages."""
        late = self._clock() - self._marked_at > _PONG_PATIENCE
        return self._marked is not None and not late

    @property
    def awaits_replies(self) -> bool:
        """Whether replies are to come that confirm messages."""
        return self._proof is Proof.REPLY and self.pending > 0

    @property
    def awaited(self) -> str:
        """What is to come as a proof, in words."""
        return f"a {self._proof.value}"

    def add(self, batch: Batch, *, handed: bool) -> None:
        """
        Take messages.

        Args:
            handed: Whether an open connection takes them.
        """
        self.total += len(batch.payloads)
        self._entries.append(_Entry(self.total, batch))
        self._size += _measure(batch)
        if handed:
            self._handed = self.total

    def mark(self, connection: Connection) -> None:
        """Send a ping behind the messages, unless one is out or nothing waits."""
        wanted = self._proof is Proof.PONG and self._marked is None and self.pending
        if wanted and connection.is_open:
            self._marked = self.total
            self._marked_at = self._clock()
            connection.send_ping(_MARK + str(self.total).encode())

    def take_pong(self, payload: bytes) -> bool:
        """Confirm what a pong proves; whether it was one that we asked for."""
        if not payload.startswith(_MARK):
            return False
        if self._marked is not None and payload == _MARK + b"%d" % self._marked:
            self._confirm(self._marked)
            self._marked = None
        return True

    def take_replies(self, count: int) -> None:
        """Confirm what so many messages received prove."""
        if self._proof is Proof.REPLY:
            self._confirm(min(self.confirmed + count, self._handed))

    def take_closing(self, answer: Close | None) -> None:
        """Confirm what the peer's answer to our close frame proves, if it came."""
        if self._proof is Proof.PONG and answer is not None:
            self._confirm(self._handed)

    def take_again(self, note: Callable[[str], None]) -> list[Batch]:
        """Give all that waits for a new connection; say what may arrive twice."""
        self._marked = None
        unknown = (self.confirmed + 1, self._handed)
        if unknown[0] <= unknown[1]:
            numbers = describe_numbers(*unknown)
            if self._resend:
                note(f"{numbers} may have been delivered already; sending again")
            else:
                note(f"{numbers} may have been delivered or not; not sending again")
                self._dropped.append(unknown)
                self._confirm(self._handed)
        self._handed = self.total
        return [batch for _, batch in self._entries]

    def describe_unknown(self) -> str:
        """Name the messages of which it is unknown; empty if there are none."""
        ranges = list(self._dropped)
        if self.confirmed < self._handed:
            ranges.append((self.confirmed + 1, self._handed))
        return ", ".join(describe_numbers(*each) for each in ranges)

    def _confirm(self, number: int) -> None:
        """Drop the messages up to a number."""
        entries = self._entries
        while entries and entries[0].last <= number:
            self._size -= _measure(entries.popleft().batch)
        if entries and number > self.confirmed:
            self._trim(number)
        if number > self.confirmed:
            self.confirmed = number
            self.confirmed_at = self._clock()

    def _trim(self, number: int) -> None:
        """Drop the first messages of the first batch."""
        last, batch = self._entries[0]
        kept = min(last - number, len(batch.payloads))
        if kept < len(batch.payloads):
            self._size -= _measure(batch)
            batch = Batch(batch.opcode, batch.payloads[-kept:])
            self._entries[0] = _Entry(last, batch)
            self._size += _measure(batch)


def _measure(batch: Batch) -> int:
    return sum(map(len, batch.payloads)) + _OVERHEAD * len(batch.payloads)
