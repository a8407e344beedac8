"""Counting durations on the path of every message."""

from __future__ import annotations

from array import array


__all__ = ["RESOLUTION", "SUB_BUCKETS", "Recorder", "unpack_counts"]

RESOLUTION = 6
"""Durations are told apart by this many bits of nanoseconds at least: by 64 ns."""
SUB_BUCKETS = 10
"""Each doubling of the duration has this many bits of buckets: 1,024."""

_LENGTH = 27 << SUB_BUCKETS
_SIZE = array("Q").itemsize
_POSITION = 4
_BLOCK_SIZE = _SIZE << SUB_BUCKETS
_EMPTY = bytes(_BLOCK_SIZE)


class Recorder:
    """
    Counts of durations, in the buckets of a ``Histogram``.

    It only counts, and hands its counts on: both take little of the time that is
    measured. The library's own histogram takes four times as long to count one, and a
    millisecond to start again at 0, in which no message is answered.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        """Start empty."""
        self._counts = _make_counts()

    def record(self, nanoseconds: int, count: int = 1) -> bool:
        """Take a duration, and how often it was measured; False if it is too long."""
        if nanoseconds < 0:
            return False
        index = nanoseconds >> RESOLUTION
        shift = index.bit_length() - SUB_BUCKETS - 1
        if shift > 0:
            index = (shift << SUB_BUCKETS) + (index >> shift)
            if index >= _LENGTH:
                return False
        self._counts[index] += count
        return True

    def take(self) -> bytes:
        """Take what was counted since the last time, packed; empty without any."""
        data = self._counts.tobytes()
        # Whole blocks are compared in no time; bytes.strip looks at each byte.
        used = [
            position
            for position in range(0, len(data), _BLOCK_SIZE)
            if data[position : position + _BLOCK_SIZE] != _EMPTY
        ]
        if not used:
            return b""
        self._counts = _make_counts()
        first = used[0] // _SIZE
        position = first.to_bytes(_POSITION, "big")
        return position + data[used[0] : used[-1] + _BLOCK_SIZE]


def unpack_counts(packed: bytes) -> list[tuple[int, int]]:
    """Give the indexes of the buckets that were counted in, and the counts."""
    first = int.from_bytes(packed[:_POSITION], "big")
    counts = array("Q", packed[_POSITION:])
    return [(index, count) for index, count in enumerate(counts, first) if count]


def _make_counts() -> array[int]:
    return array("Q", bytes(_LENGTH * _SIZE))
