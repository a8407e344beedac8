"""What of a message's cost is for each message, and what for each of its bytes."""

from __future__ import annotations

from itertools import accumulate, islice
from typing import NamedTuple

from wstool.wire.opcode import Opcode


__all__ = [
    "MAX_SIZE",
    "Cost",
    "Messages",
    "Point",
    "choose_size",
    "resize",
    "split_cost",
]

MAX_SIZE = 16 << 20
"""Bytes of messages, each or together, that a calibration makes up at most."""

Messages = list[tuple[Opcode, bytes]]
"""Kind and payload of each."""

_LARGE = 1 << 15
_SMALL = 64
# Payloads above this are large enough to be compared with small ones.
_ENOUGH = 1 << 12
# Sizes that are closer tell nothing but noise.
_LEAST_FACTOR = 2.0


class Point(NamedTuple):
    """What messages of a size cost."""

    size: float
    """Bytes, as a mean."""
    cost: float


class Cost(NamedTuple):
    """What a message costs, whatever its size, and what each of its bytes adds."""

    each: float
    byte: float


def choose_size(size: float, least: int, most: int) -> int | None:
    """
    Choose the size of other messages, so far from this one that bytes tell.

    Args:
        least: Bytes of the smallest message of the same sort, such as compressed.
        most: Bytes of the largest one.

    Returns:
        Bytes; None if there's none.
    """
    least = max(least, _SMALL)
    if size >= max(_ENOUGH, _LEAST_FACTOR * least):
        return least
    chosen = max(_LARGE, int(size * 4))
    return chosen if chosen <= most else None


def resize(messages: Messages, size: int) -> Messages:
    """
    Make messages of a size from others: the beginning of each, and of what follows it.

    They are of the first one's kind, and text is whole characters.
    """
    opcode = messages[0][0]
    payloads = [payload for kind, payload in messages if kind is opcode]
    ring = b"".join(payloads) or b"0"
    whole = ring * (size // len(ring) + 2)
    starts = accumulate(map(len, payloads[:-1]), initial=0)
    few = islice(starts, max(MAX_SIZE // size, 1))
    return [(opcode, _cut(opcode, whole[start : start + size])) for start in few]


def _cut(opcode: Opcode, payload: bytes) -> bytes:
    if opcode is not Opcode.TEXT:
        return payload
    return payload.decode(errors="ignore").encode()


def split_cost(near: Point, far: Point) -> Cost:
    """
    Share a cost out, by that of messages of another size.

    What ``near`` costs stays as it was measured, whatever noise there is.
    """
    slope = (far.cost - near.cost) / (far.size - near.size)
    most = near.cost / near.size if near.size else slope
    byte = min(max(slope, 0.0), most)
    return Cost(near.cost - byte * near.size, byte)
