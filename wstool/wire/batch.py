"""
The fast lane: many messages for the price of one.

Python's cost is for each call, not for each byte. So a batch of payloads becomes bytes
with a handful of calls that loop in C, and whole frames become a batch in one tight
loop. Only whole, final, uncompressed data frames with the shortest length spelling
pass here; the decoder takes everything else down the exact path.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from operator import add
from struct import Struct
from typing import NamedTuple

from wstool.wire.masking import Mask
from wstool.wire.opcode import Opcode


__all__ = ["Batch", "serialize_batch", "split_masked", "split_unmasked"]

_FIN = 0b1000_0000
_MASK = 0b1000_0000
# Lengths spelled once are kept: payloads of one stream tend to have few sizes.
_MAX_KEPT_HEADERS = 4096
# Above this a second piece costs less than copying the payload once more.
_MAX_COPIED = 1 << 14


class Batch(NamedTuple):
    """Messages of one kind, in order."""

    opcode: Opcode
    payloads: list[bytes]


class _Headers(dict[int, bytes]):
    """Header, short of the masking key, for each payload length."""

    def __init__(self, first: int, mask_bit: int) -> None:
        self._first = first
        self._mask_bit = mask_bit

    def __missing__(self, length: int) -> bytes:
        if length <= 125:
            header = bytes((self._first, self._mask_bit | length))
        elif length <= 0xFFFF:
            mark = self._mask_bit | 126
            header = bytes((self._first, mark)) + length.to_bytes(2, "big")
        else:
            mark = self._mask_bit | 127
            header = bytes((self._first, mark)) + length.to_bytes(8, "big")
        if len(self) < _MAX_KEPT_HEADERS:
            self[length] = header
        return header


# Indexed by opcode, of which the continuation stands here for its place only: an enum
# as a dictionary's key would be hashed in Python.
_UNMASKED = [_Headers(_FIN | opcode, 0) for opcode in range(3)]
_MASKED = [_Headers(_FIN | opcode, _MASK) for opcode in range(3)]


# So many masking keys are split at a time, and the rest of them, by their number.
_MOST_KEYS = 64
_KEYS = [Struct("4s" * count) for count in range(_MOST_KEYS + 1)]
# Key and payload of a short masked frame, by the payload's length.
_FRAMES = [Struct(f"2x4s{length}s") for length in range(126)]


def serialize_batch(
    opcode: Opcode,
    payloads: list[bytes],
    new_keys: Callable[[int], bytes] | None,
    mask: Mask,
) -> list[bytes]:
    """
    Serialize messages, one final frame each.

    Args:
        new_keys: Source of random bytes for the masking keys; None for no masking.

    Returns:
        Pieces to write in order: one joined piece, or header and payload apart
        where a join would copy one large payload.
    """
    if new_keys is None:
        headers = _UNMASKED[opcode]
        if len(payloads) == 1:
            # The commonest reply of a server, so it is spelled out.
            payload = payloads[0]
            header = headers[len(payload)]
            if len(payload) <= _MAX_COPIED:
                return [header + payload]
            return [header, payload]
        lengths = [*map(len, payloads)]
        if payloads and lengths.count(lengths[0]) == len(lengths):
            # Then they all have one header, and it stands between them.
            header = headers[lengths[0]]
            return [header + header.join(payloads)]
        spelled = map(headers.__getitem__, lengths)
        return [b"".join(chain.from_iterable(zip(spelled, payloads, strict=True)))]
    headers = _MASKED[opcode]
    if len(payloads) == 1:
        payload = payloads[0]
        key = new_keys(4)
        header = headers[len(payload)] + key
        if len(payload) <= _MAX_COPIED:
            return [header + mask(payload, key)]
        return [header, mask(payload, key)]
    keys = _split_keys(new_keys(4 * len(payloads)))
    masked = map(mask, payloads, keys)
    lengths = [*map(len, payloads)]
    if max(lengths, default=0) <= _MAX_COPIED and len(set(lengths)) == 1:
        header = headers[lengths[0]]
        return [header + header.join(map(add, keys, masked))]
    spelled = map(headers.__getitem__, lengths)
    return [b"".join(chain.from_iterable(zip(spelled, keys, masked, strict=True)))]


def _split_keys(random: bytes) -> list[bytes]:
    whole, rest = divmod(len(random) // 4, _MOST_KEYS)
    end = whole * _MOST_KEYS * 4
    keys = [*chain.from_iterable(_KEYS[_MOST_KEYS].iter_unpack(random[:end]))]
    keys += _KEYS[rest].unpack_from(random, end)
    return keys


def split_masked(
    data: bytes, position: int, first: int, max_size: int, mask: Mask
) -> tuple[list[bytes], int]:
    """
    Split whole masked frames that all begin with the same byte.

    Args:
        first: First byte of the frames: FIN and a data opcode.
        max_size: Largest payload to take.

    Returns:
        Unmasked payloads, and the position of the first byte not taken.
    """
    payloads, position = _split_equal_masked(data, position, first, max_size, mask)
    append = payloads.append
    end = len(data)
    # A frame needs 6 bytes at least, so the first two can be read unchecked.
    last = end - 6
    short = min(max_size, 125)
    while position <= last and data[position] == first:
        length = data[position + 1] - 128
        key = position + 2
        if length > short:
            length, key = _read_long_length(data, position, length)
            if length > max_size:
                break
        start = key + 4
        stop = start + length
        # Without the MASK bit the length comes out below 0.
        if length < 0 or stop > end:
            break
        append(mask(data[start:stop], data[key:start]))
        position = stop
    return payloads, position


def _split_equal_masked(
    data: bytes, position: int, first: int, max_size: int, mask: Mask
) -> tuple[list[bytes], int]:
    """Split the leading masked frames that are all as short as the first one."""
    length = data[position + 1] - 128 if len(data) > position + 1 else -1
    size = 6 + length
    start = bytes((first, 128 + length))
    second = position + size
    # Most reads have one frame, or frames of many sizes: they're seen at once.
    if not 0 <= length <= min(max_size, 125) or data[second : second + 2] != start:
        return [], position
    count = _count_equal(data, position, start, size)
    stop = position + count * size
    frames = _FRAMES[length].iter_unpack(memoryview(data)[position:stop])
    return [mask(payload, key) for key, payload in frames], stop


def split_unmasked(
    data: bytes, position: int, first: int, max_size: int
) -> tuple[list[bytes], int]:
    """Split whole unmasked frames; see ``split_masked``."""
    end = len(data)
    last = end - 2
    short = min(max_size, 125)
    payloads, position = _split_equal(data, position, first, short)
    append = payloads.append
    while position <= last and data[position] == first:
        length = data[position + 1]
        start = position + 2
        if length > short:
            # A masked frame's second byte is 128 or more: no spelling of a length.
            length, start = _read_long_length(data, position, length)
            if not 0 <= length <= max_size:
                break
        stop = start + length
        if stop > end:
            break
        append(data[start:stop])
        position = stop
    return payloads, position


def _split_equal(
    data: bytes, position: int, first: int, max_size: int
) -> tuple[list[bytes], int]:
    """
    Split the leading unmasked frames that are all as short as the first one.

    Ticks and records often have one size. Then all headers are the same, and where
    they stop being so is found without a look at each frame; where sizes differ, this
    costs next to nothing.
    """
    length = data[position + 1] if len(data) > position + 1 else max_size + 1
    if length > max_size:
        return [], position
    size = 2 + length
    count = _count_equal(data, position, bytes((first, length)), size)
    start = position + 2
    position += count * size
    return [data[i : i + length] for i in range(start, position + 2, size)], position


def _count_equal(data: bytes, position: int, start: bytes, size: int) -> int:
    """Count the leading whole frames of a size that begin with the same two bytes."""
    # Where the last frame can begin, plus one.
    end = max(len(data) - size + 1, position)
    firsts = data[position:end:size]
    seconds = data[position + 1 : end + 1 : size]
    return min(
        len(firsts) - len(firsts.lstrip(start[:1])),
        len(seconds) - len(seconds.lstrip(start[1:])),
    )


def _read_long_length(data: bytes, position: int, mark: int) -> tuple[int, int]:
    """Read a length of 16 or 64 bits; -1 when it is not whole or not the shortest."""
    start = position + 2
    if mark == 126:
        stop, smallest = start + 2, 126
    elif mark == 127:
        stop, smallest = start + 8, 0x10000
    else:
        return -1, start
    length = int.from_bytes(data[start:stop], "big")
    if stop > len(data) or length < smallest:
        return -1, stop
    return length, stop
