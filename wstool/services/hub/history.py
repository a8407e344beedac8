"""
What was said, kept for those who come later.

Messages have ids: two numbers, as in a Redis stream, that only ever grow. Memory is
bounded by the number of messages in a room and by the bytes of all rooms.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import NamedTuple

from wstool.wire.opcode import Opcode


__all__ = ["Entry", "History", "Id", "Ring", "format_id", "parse_id"]

Id = tuple[int, int]
"""Milliseconds since the epoch, and a number."""

_MAX_DIGITS = 20
# What an entry takes besides its payload, roughly.
_ENTRY_SIZE = 256
# Entries that are dropped are cut off the list this many at a time, or more.
_MIN_CUT = 64

_get_id = attrgetter("id")


class Entry(NamedTuple):
    """A message that was said."""

    id: Id
    opcode: Opcode
    payload: bytes
    """What clients get."""
    sender: int = 0
    """Number of the client here that it came from; 0 if it came from none."""


class Ring:
    """The latest messages of a room, in the order of their ids."""

    __slots__ = ("_entries", "_start", "floor", "last", "size")

    def __init__(self, floor: Id) -> None:
        """
        Start without messages.

        Args:
            floor: What was said up to this id is not known.
        """
        self._entries: list[Entry] = []
        self._start = 0
        self.floor = floor
        """Id up to which messages are gone."""
        self.last = floor
        """Id of the latest message."""
        self.size = 0
        """Bytes kept."""

    def __len__(self) -> int:
        """Count the messages."""
        return len(self._entries) - self._start

    @property
    def oldest(self) -> Id | None:
        """Id of the oldest message that is kept."""
        return self._entries[self._start].id if len(self) else None

    def append(self, entries: list[Entry]) -> int:
        """Take messages whose ids are the latest; give the bytes that were added."""
        added = sum(len(entry.payload) + _ENTRY_SIZE for entry in entries)
        self._entries += entries
        self.last = entries[-1].id
        self.size += added
        return added

    def drop(self, count: int) -> int:
        """Drop the oldest messages; give the bytes that were freed."""
        if count <= 0:
            return 0
        end = self._start + min(count, len(self))
        dropped = self._entries[self._start : end]
        self.floor = dropped[-1].id
        self._start = end
        if self._start >= max(len(self), _MIN_CUT):
            del self._entries[: self._start]
            self._start = 0
        freed = sum(len(entry.payload) + _ENTRY_SIZE for entry in dropped)
        self.size -= freed
        return freed

    def after(self, cursor: Id, max_bytes: int) -> list[Entry]:
        """Give the messages behind an id: at least one if there is any."""
        first = bisect_right(self._entries, cursor, lo=self._start, key=_get_id)
        size, end = 0, first
        while end < len(self._entries) and size < max_bytes:
            size += len(self._entries[end].payload)
            end += 1
        return self._entries[first:end]

    def find_start(self, count: int) -> Id:
        """Give the id behind which there are this many messages, or all."""
        position = len(self._entries) - count - 1
        return self._entries[position].id if position >= self._start else self.floor


class History:
    """The rings of all rooms."""

    def __init__(self, *, max_count: int, max_bytes: int, floor: Id) -> None:
        """
        Start without messages.

        Args:
            max_count: Messages to keep for a room.
            max_bytes: Bytes to keep in all; who was silent longest loses first.
            floor: What was said up to this id is not known.
        """
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._floor = floor
        # In the order of the latest message.
        self._rings: dict[str, Ring] = {}
        self.size = 0
        """Bytes kept."""

    def __len__(self) -> int:
        """Count the messages of all rooms."""
        return sum(map(len, self._rings.values()))

    def find_ring(self, room: str) -> Ring:
        """Find the ring of a room, an empty one if nothing was said there."""
        return self._rings.get(room) or Ring(self._floor)

    def append(self, room: str, entries: list[Entry]) -> Ring:
        """Take a room's messages; ``trim`` them when nobody needs them any more."""
        ring = self._rings.pop(room, None) or Ring(self._floor)
        self._rings[room] = ring
        self.size += ring.append(entries)
        return ring

    def trim(self, room: str) -> None:
        """Keep the limits, after messages were added to a room."""
        ring = self._rings[room]
        self.size -= ring.drop(len(ring) - self._max_count)
        while self.size > self._max_bytes:
            name, oldest = next(iter(self._rings.items()))
            self.size -= oldest.drop(max(len(oldest) // 8, 1))
            if not len(oldest):
                del self._rings[name]
                self._floor = max(self._floor, oldest.last)

    def forget_before(self, floor: Id) -> None:
        """Take note that what was said up to an id is not known."""
        self._floor = max(self._floor, floor)


def format_id(id_: Id) -> str:
    """Write an id."""
    return f"{id_[0]}-{id_[1]}"


def parse_id(text: str) -> Id:
    """
    Read an id; ``0`` is the one before all.

    Raises:
        ValueError: If it is none.
    """
    milliseconds, _, number = text.partition("-")
    parts = (milliseconds, number or "0")
    if all(part.isascii() and part.isdigit() for part in parts) and (
        max(map(len, parts)) <= _MAX_DIGITS
    ):
        return int(parts[0]), int(parts[1])
    raise ValueError(f"{text!r} is no message id")
