"""
Packets of IP out of their fragments.

Fragments may come twice, in another order, or never. What is kept of them is bounded,
and a packet whose fragments say different things is given up: nobody knows which of
them its receiver took.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import Counter, OrderedDict
from typing import NamedTuple

from wstool.capture.packets import LINK_TYPES, find_ip


__all__ = ["Fragments"]

RAW_IP = 101
_TCP, _FRAGMENT = 6, 44
_BEFORE = frozenset({0, 43, 60})
"""IPv6 extension headers that may stand before that of a fragment."""
_EXTENSIONS = frozenset({_TCP, 51, 60, 135, 139, 140})
"""What may stand behind it so that TCP follows."""
_MAX_PACKET = 0xFFFF
_MAX_PIECES = 1 << 8
"""Fragments of a packet; those of a path with the least MTU are fewer."""
_MAX_PARTIAL = 1 << 8
_MAX_KEPT = 1 << 22
_MAX_SPENT = 1 << 8
_PATIENCE = 60.0
"""Seconds after which no fragment of a packet comes any more (RFC 8200, 4.5)."""

_MISSING = "some are missing"
_CUT = "they were not captured whole"
_CONTRADICTION = "they overlap and differ"
_MALFORMED = "they are malformed"
_TOO_MANY = f"more than {_MAX_PIECES} of a packet"
_CROWDED = "too many packets at once"


class _Fragment(NamedTuple):
    key: bytes
    """What the fragments of a packet have in common."""
    head: bytes
    """The header of IP, without what depends on the fragment."""
    offset: int
    last: bool
    payload: bytes
    cut: bool
    """Whether some of it was not captured."""


class _Partial:
    """A packet of which there are some fragments."""

    __slots__ = ("data", "end", "head", "pieces", "ranges", "time")

    def __init__(self, time: float) -> None:
        self.time = time
        self.head = b""
        """That of the first fragment."""
        self.data = bytearray()
        self.ranges: list[tuple[int, int]] = []
        """Where there are bytes, in order and apart from one another."""
        self.end: int | None = None
        """How long it is, if that is known."""
        self.pieces: set[int] = set()
        """What its fragments are known by."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return bool(self.head) and self.ranges == [(0, self.end)]

    def add(self, fragment: _Fragment) -> str | None:
        """Add a fragment; say what is wrong with it, if anything is."""
        start, payload = fragment.offset, fragment.payload
        stop = start + len(payload)
        known = self.ranges[-1][1] if self.ranges else 0
        if fragment.last:
            if self.end not in (None, stop) or stop < known:
                return _CONTRADICTION
            self.end = stop
        elif self.end is not None and stop > self.end:
            return _CONTRADICTION
        if not self._agrees(start, payload):
            return _CONTRADICTION
        self.data += bytes(max(stop - len(self.data), 0))
        self.data[start:stop] = payload
        self._cover(start, stop)
        if start == 0:
            self.head = fragment.head
        return None

    def _agrees(self, start: int, payload: bytes) -> bool:
        """Tell whether bytes that are there already are the same."""
        stop = start + len(payload)
        for first, behind in self.ranges:
            low, high = max(first, start), min(behind, stop)
            if (
                low < high
                and self.data[low:high] != payload[low - start : high - start]
            ):
                return False
        return True

    def _cover(self, start: int, stop: int) -> None:
        """Take note of where there are bytes now."""
        low = bisect_left(self.ranges, start, key=lambda item: item[1])
        high = low
        while high < len(self.ranges) and self.ranges[high][0] <= stop:
            high += 1
        if low < high:
            start = min(start, self.ranges[low][0])
            stop = max(stop, self.ranges[high - 1][1])
        self.ranges[low:high] = [(start, stop)]


class Fragments:
    """Put the fragments of packets together that hold TCP."""

    def __init__(self) -> None:
        self._partial: OrderedDict[bytes, _Partial] = OrderedDict()
        self._kept = 0
        self._spent: OrderedDict[bytes, tuple[float, set[int] | None]] = OrderedDict()
        """Packets that are whole, by their fragments, or were given up."""
        self.whole = 0
        """Packets that were put together."""
        self.given_up: Counter[str] = Counter()
        """Packets that were not, by the reason."""

    @property
    def kept(self) -> int:
        """Bytes that are kept of packets that aren't whole."""
        return self._kept

    @property
    def in_flight(self) -> int:
        """Packets that aren't whole."""
        return len(self._partial)

    def take(self, time: float, link_type: int, data: bytes) -> bytes | None:
        """Take a packet; give one of raw IP, if this was the last fragment of it."""
        fragment = _parse(link_type, data)
        if fragment is None:
            return None
        mark = hash((fragment.offset, fragment.last, zlib.crc32(fragment.payload)))
        if self._is_spent(fragment.key, mark, time):
            return None
        partial = self._find(fragment.key, time)
        if mark in partial.pieces:
            return None
        partial.pieces.add(mark)
        before = len(partial.data)
        wrong = _find_fault(fragment) or partial.add(fragment)
        self._kept += len(partial.data) - before
        if wrong is None and len(partial.pieces) > _MAX_PIECES:
            wrong = _TOO_MANY
        if wrong is not None:
            self._give_up(fragment.key, wrong)
        elif partial.whole:
            return self._give(fragment.key)
        while self._kept > _MAX_KEPT or len(self._partial) > _MAX_PARTIAL:
            self._give_up(next(iter(self._partial)), _CROWDED)
        return None

    def finish(self) -> None:
        """Give up what is not whole; the capture ends."""
        while self._partial:
            self._give_up(next(iter(self._partial)), _MISSING)

    def _find(self, key: bytes, time: float) -> _Partial:
        partial = self._partial.get(key)
        if partial is not None and time - partial.time > _PATIENCE:
            self._give_up(key, _MISSING)
            del self._spent[key]
            partial = None
        if partial is None:
            partial = self._partial[key] = _Partial(time)
        return partial

    def _is_spent(self, key: bytes, mark: int, time: float) -> bool:
        """Tell whether a fragment comes too late, and belongs to no other packet."""
        spent = self._spent.get(key)
        if spent is None:
            return False
        since, marks = spent
        if time - since <= _PATIENCE and (marks is None or mark in marks):
            return True
        del self._spent[key]
        return False

    def _give(self, key: bytes) -> bytes:
        partial = self._drop(key)
        self._spend(key, partial.time, partial.pieces)
        self.whole += 1
        return _build(partial.head, bytes(partial.data))

    def _give_up(self, key: bytes, reason: str) -> None:
        self._spend(key, self._drop(key).time, None)
        self.given_up[reason] += 1

    def _drop(self, key: bytes) -> _Partial:
        partial = self._partial.pop(key)
        self._kept -= len(partial.data)
        return partial

    def _spend(self, key: bytes, time: float, marks: set[int] | None) -> None:
        self._spent[key] = time, marks
        if len(self._spent) > _MAX_SPENT:
            self._spent.popitem(last=False)


def _find_fault(fragment: _Fragment) -> str | None:
    size = len(fragment.payload)
    if fragment.cut:
        return _CUT
    too_long = len(fragment.head) + fragment.offset + size > _MAX_PACKET
    odd = bool(size % 8) and not fragment.last
    return _MALFORMED if not size or odd or too_long else None


def _parse(link_type: int, data: bytes) -> _Fragment | None:
    """Parse a packet; None if it is no fragment of one that may hold TCP."""
    if link_type not in LINK_TYPES:
        return None
    start = find_ip(link_type, data)
    if len(data) < start + 20:
        return None
    version = data[start] >> 4
    if version == 4:
        return _parse_ipv4(data, start)
    return _parse_ipv6(data, start) if version == 6 else None


def _parse_ipv4(data: bytes, start: int) -> _Fragment | None:
    size = (data[start] & 0x0F) * 4
    total = data[start + 2] << 8 | data[start + 3]
    field = data[start + 6] << 8 | data[start + 7]
    if data[start + 9] != _TCP or not field & 0x3FFF or not 20 <= size <= total:
        return None
    payload = data[start + size : start + total]
    return _Fragment(
        data[start + 4 : start + 6] + data[start + 12 : start + 20],
        data[start : start + size],
        (field & 0x1FFF) * 8,
        not field & 0x2000,
        payload,
        cut=len(payload) < total - size,
    )


def _parse_ipv6(data: bytes, start: int) -> _Fragment | None:
    protocol, position = data[start + 6 : start + 7], start + 40
    while position + 8 <= len(data) and protocol[0] in _BEFORE:
        protocol = data[position : position + 1]
        position += (data[position + 1] + 1) * 8
    if position + 8 > len(data) or protocol[0] != _FRAGMENT:
        return None
    if data[position] not in _EXTENSIONS:
        return None
    end = start + 40 + (data[start + 4] << 8 | data[start + 5])
    field = data[position + 2] << 8 | data[position + 3]
    payload = data[position + 8 : end]
    return _Fragment(
        data[position + 4 : position + 8] + data[start + 8 : start + 40],
        data[start : start + 6]
        + data[position : position + 1]
        + data[start + 7 : start + 40],
        field & 0xFFF8,
        not field & 1,
        payload,
        cut=len(payload) < end - position - 8,
    )


def _build(head: bytes, payload: bytes) -> bytes:
    """Build a packet, without a checksum."""
    if head[0] >> 4 == 6:
        return head[:4] + len(payload).to_bytes(2, "big") + head[6:] + payload
    total = (len(head) + len(payload)).to_bytes(2, "big")
    return head[:2] + total + head[4:6] + bytes(2) + head[8:] + payload
