"""
The beginning of a frame, found in the middle of a stream.

A frame has no mark. But few bytes make a header without a violation, and hardly any
make several of them, each where the frame before it ends.
"""

from __future__ import annotations

from wstool.wire.frame import FrameHeader, find_header_violations, parse_header


__all__ = ["find_start"]

_PROOF = 3
"""Frames in a row that are proof enough."""


def find_start(data: bytes, *, masked: bool | None) -> int | None:
    """
    Find where a frame begins.

    Args:
        masked: Whether frames are masked; None if all are as the first one.

    Returns:
        An offset from which on the data are frames to their end, or several of them;
        None if there is none.
    """
    for start in range(len(data) - 1):
        # RSV2 and RSV3 are never set, and opcodes 3 to 7 and from 11 on never used.
        if data[start] & 0b0011_0000 or data[start] & 0x0F not in _OPCODES:
            continue
        if _are_frames(data, start, masked):
            return start
    return None


_OPCODES = frozenset({0x0, 0x1, 0x2, 0x8, 0x9, 0xA})


def _are_frames(data: bytes, start: int, masked: bool | None) -> bool:
    position = start
    for count in range(_PROOF):
        if position == len(data):
            return count > 0
        header = parse_header(data, position)
        if header is None or not _is_plausible(header, masked):
            return False
        masked = header.masked
        position += header.size + header.payload_length
        if position > len(data):
            return False
    return True


def _is_plausible(header: FrameHeader, masked: bool | None) -> bool:
    if header.opcode == 0x0 and (header.rsv1 or not header.payload_length):
        # Zeros are padding rather than empty fragments.
        return False
    return not find_header_violations(header, masked=masked, compression=True)
