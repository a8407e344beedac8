"""Bytes that come again, and are others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


__all__ = ["Change", "Compare", "find_differences", "overlap", "restore"]

_MODULUS = 1 << 32
_HALF = 1 << 31

Compare = Callable[[bytes, int, bytes], tuple[int, int]]
"""
Compare bytes with those that came first: of a direction's key, from a sequence number.

It gives the offset of the first byte that differs, and how many do.
"""


class Change(NamedTuple):
    """Bytes that came again and were others; what came first is taken."""

    size: int
    """How many differ."""
    offset: int
    """Bytes of the direction before the first of them."""
    sequence: int
    """Its sequence number."""


def find_differences(
    sequence: int, payload: bytes, start: int, first: bytes
) -> tuple[int, int]:
    """
    Compare a payload with bytes that came first, each with its sequence number.

    Returns:
        Offset in the payload of the first byte that differs, and how many do.
    """
    offset, low, high = overlap(sequence, payload, start, first)
    one, other = payload[low:high], first[low - offset : high - offset]
    if one == other:
        return 0, 0
    pairs = enumerate(zip(one, other, strict=True))
    differing = [index for index, (left, right) in pairs if left != right]
    return low + differing[0], len(differing)


def restore(
    sequence: int, payload: bytes, known: Iterable[tuple[int, bytes]]
) -> tuple[bytes, list[tuple[int, int]]]:
    """
    Put bytes that came first in the place of others.

    Args:
        sequence: Sequence number of the payload.
        known: Bytes that came first, with their sequence numbers.

    Returns:
        The payload, and each difference as `find_differences` gives it.
    """
    found = []
    for start, first in known:
        difference = find_differences(sequence, payload, start, first)
        if difference[1]:
            found.append(difference)
            offset, low, high = overlap(sequence, payload, start, first)
            payload = (
                payload[:low] + first[low - offset : high - offset] + payload[high:]
            )
    return payload, found


def overlap(
    sequence: int, payload: bytes, start: int, first: bytes | bytearray
) -> tuple[int, int, int]:
    """Find where bytes begin in a payload, and from where to where both are there."""
    ahead = (start - sequence) % _MODULUS
    offset = ahead - _MODULUS if ahead >= _HALF else ahead
    low = min(max(offset, 0), len(payload))
    return offset, low, max(min(offset + len(first), len(payload)), low)
