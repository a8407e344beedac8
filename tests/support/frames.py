"""
Frames written and read in the plainest way (RFC 6455, 5.2).

Tests that look at bytes on the wire need something that isn't wstool's own codec.
"""

from __future__ import annotations

import struct


__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "PING",
    "PONG",
    "TEXT",
    "close_frame",
    "decode_frames",
    "frame",
]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masking_key: bytes | None = None,
) -> bytes:
    """Write a frame; RSV1 is 0b100, RSV2 0b010, RSV3 0b001."""
    first = fin << 7 | rsv << 4 | opcode
    mask_bit = 0 if masking_key is None else 0x80
    if masking_key is not None:
        payload = _mask(payload, masking_key)
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, mask_bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, size)
    return head + (masking_key or b"") + payload


def close_frame(code: int | None = None, reason: str = "") -> bytes:
    """Write a close frame."""
    payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
    return frame(CLOSE, payload)


def decode_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Read all whole frames: first byte and payload of each, and what is left."""
    frames: list[tuple[int, bytes]] = []
    position = 0
    while position + 2 <= len(data):
        first, second = data[position], data[position + 1]
        start, size = position + 2, second & 0x7F
        if size == 126:
            size = int.from_bytes(data[start : start + 2], "big")
            start += 2
        elif size == 127:
            size = int.from_bytes(data[start : start + 8], "big")
            start += 8
        masked = second & 0x80
        end = start + (4 if masked else 0) + size
        if end > len(data):
            break
        payload = data[end - size : end]
        if masked:
            payload = _mask(payload, data[start : start + 4])
        frames.append((first, payload))
        position = end
    return frames, data[position:]


def _mask(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(size, "little")
