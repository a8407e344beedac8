"""
Counts that several processes share, so that each can tell those of all.

Each worker has a place of its own in memory that was mapped before they were forked,
and writes its counts there now and then. Whoever reads while another writes sees it by
the checksum, and reads again.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from typing import Any

from wstool.connection.tally import Counts


__all__ = ["SharedCounts", "SharedGauge"]

_PLACE = 1 << 14
_HEAD = struct.Struct("!II")
_ATTEMPTS = 10
_NUMBER = struct.Struct("=Q")


class SharedCounts:
    """The counts of all workers."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._memory = mmap.mmap(-1, workers * _PLACE)

    def publish(self, worker: int, counts: Counts) -> None:
        """Write the counts of a worker."""
        data = json.dumps(counts).encode()
        start = worker * _PLACE
        self._memory[start : start + _HEAD.size + len(data)] = (
            _HEAD.pack(len(data), zlib.crc32(data)) + data
        )

    def add_others(self, worker: int, counts: Counts) -> Counts:
        """Add the counts of the other workers to those of one."""
        for other in range(self._workers):
            if other != worker and (found := self._read(other)) is not None:
                counts = _add(counts, found)
        return counts

    def _read(self, worker: int) -> Counts | None:
        start = worker * _PLACE
        for _ in range(_ATTEMPTS):
            size, checksum = _HEAD.unpack_from(self._memory, start)
            if not size:
                return None
            begin = start + _HEAD.size
            data = self._memory[begin : begin + min(size, _PLACE - _HEAD.size)]
            if zlib.crc32(data) == checksum:
                return Counts(*json.loads(data))
        return None


class SharedGauge:
    """A number of each worker, as it is now; it is written and read at once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._memory = mmap.mmap(-1, workers * _NUMBER.size)

    def publish(self, worker: int, number: int) -> None:
        """Write the number of a worker."""
        _NUMBER.pack_into(self._memory, worker * _NUMBER.size, number)

    def add_others(self, worker: int) -> int:
        """Add the numbers of the other workers up."""
        numbers = _NUMBER.iter_unpack(self._memory[:])
        return sum(number for n, (number,) in enumerate(numbers) if n != worker)


def _add(one: Counts, two: Counts) -> Counts:
    sums: list[Any] = []
    for a, b in zip(one, two, strict=True):
        if isinstance(a, dict) and isinstance(b, dict):
            sums.append({key: a.get(key, 0) + b.get(key, 0) for key in {**a, **b}})
        elif isinstance(a, int | float) and isinstance(b, int | float):
            sums.append(a + b)
        else:
            raise AssertionError("counts are numbers and dictionaries of numbers")
    return Counts(*sums)
