"""
Frames, bit by bit (RFC 6455, section 5.2).

Every header that bits can spell has a value here, also those that break the rules;
``find_header_violations`` names the rules.
"""

from __future__ import annotations

from typing import NamedTuple

from wstool.wire.masking import Mask, xor_mask
from wstool.wire.opcode import is_control, is_reserved
from wstool.wire.violations import (
    Violation,
    compressed_control,
    control_fragmented,
    control_too_long,
    length_not_minimal,
    length_out_of_range,
    mask_missing,
    mask_unexpected,
    reserved_opcode,
    rsv_not_negotiated,
)


__all__ = [
    "FrameHeader",
    "find_header_violations",
    "parse_header",
    "serialize_frame",
    "serialize_header",
    "shortest_length_bits",
]

_LENGTH_MARKS = {126: 16, 127: 64}


class FrameHeader(NamedTuple):
    """The first 2 to 14 bytes of a frame."""

    opcode: int
    """Opcode, 0x0 to 0xF."""
    payload_length: int
    """Payload length in bytes, as spelled: up to 2**64 - 1."""
    fin: bool = True
    rsv1: bool = False
    rsv2: bool = False
    rsv3: bool = False
    masking_key: bytes | None = None
    """Four bytes; None when the MASK bit is 0."""
    length_bits: int = 7
    """Bits that spell the payload length: 7, 16 or 64."""

    @property
    def masked(self) -> bool:
        """The MASK bit."""
        return self.masking_key is not None

    @property
    def size(self) -> int:
        """Bytes of the header."""
        return 2 + self.length_bits // 8 + (0 if self.masking_key is None else 4)


def parse_header(data: bytes, position: int = 0) -> FrameHeader | None:
    """Parse a frame header at a position; None when more bytes are needed."""
    available = len(data) - position
    if available < 2:
        return None
    first, second = data[position], data[position + 1]
    length = second & 0b0111_1111
    bits = _LENGTH_MARKS.get(length, 7)
    key_start = position + 2 + bits // 8
    payload_start = key_start + 4 if second & 0b1000_0000 else key_start
    if len(data) < payload_start:
        return None
    if bits != 7:
        length = int.from_bytes(data[position + 2 : key_start], "big")
    return FrameHeader(
        opcode=first & 0b0000_1111,
        payload_length=length,
        fin=bool(first & 0b1000_0000),
        rsv1=bool(first & 0b0100_0000),
        rsv2=bool(first & 0b0010_0000),
        rsv3=bool(first & 0b0001_0000),
        masking_key=bytes(data[key_start:payload_start]) if second & 0x80 else None,
        length_bits=bits,
    )


def serialize_header(header: FrameHeader) -> bytes:
    """
    Serialize a frame header exactly as it is spelled.

    Raises:
        ValueError: If the spelling cannot hold the payload length.
    """
    if header.payload_length >> header.length_bits or (
        header.length_bits == 7 and header.payload_length in _LENGTH_MARKS
    ):
        raise ValueError(
            f"payload length {header.payload_length} doesn't fit"
            f" {header.length_bits} bits"
        )
    first = (
        header.opcode
        | header.fin << 7
        | header.rsv1 << 6
        | header.rsv2 << 5
        | header.rsv3 << 4
    )
    mask_bit = 0b1000_0000 if header.masked else 0
    key = header.masking_key or b""
    if header.length_bits == 7:
        return bytes((first, mask_bit | header.payload_length)) + key
    mark = 126 if header.length_bits == 16 else 127
    length = header.payload_length.to_bytes(header.length_bits // 8, "big")
    return bytes((first, mask_bit | mark)) + length + key


def serialize_frame(
    opcode: int,
    payload: bytes,
    *,
    fin: bool = True,
    rsv1: bool = False,
    masking_key: bytes | None = None,
    mask: Mask = xor_mask,
) -> bytes:
    """Serialize one frame with the shortest length spelling; mask it with a key."""
    header = FrameHeader(
        opcode,
        len(payload),
        fin=fin,
        rsv1=rsv1,
        masking_key=masking_key,
        length_bits=shortest_length_bits(len(payload)),
    )
    if masking_key is not None:
        payload = mask(payload, masking_key)
    return serialize_header(header) + payload


def shortest_length_bits(payload_length: int) -> int:
    """Choose the spelling that a payload length must have (5.2)."""
    if payload_length <= 125:
        return 7
    return 16 if payload_length <= 0xFFFF else 64


def find_header_violations(
    header: FrameHeader, *, masked: bool | None, compression: bool
) -> list[Violation]:
    """
    Find the rules that a header breaks on its own.

    Args:
        masked: Whether frames of this direction must be masked; None if unknown.
        compression: Whether permessage-deflate was negotiated.
    """
    violations = _find_reserved(header, compression)
    if is_control(header.opcode):
        if not header.fin:
            violations.append(control_fragmented(header.opcode))
        if header.payload_length > 125:
            violations.append(control_too_long(header.opcode, header.payload_length))
    if header.payload_length >> 63:
        violations.append(length_out_of_range(header.payload_length))
    elif header.length_bits != shortest_length_bits(header.payload_length):
        violations.append(length_not_minimal(header.payload_length, header.length_bits))
    if masked is not None and masked != header.masked:
        violations.append(mask_missing() if masked else mask_unexpected())
    return violations


def _find_reserved(header: FrameHeader, compression: bool) -> list[Violation]:
    violations = []
    if is_reserved(header.opcode):
        violations.append(reserved_opcode(header.opcode))
    control = is_control(header.opcode)
    if compression and header.rsv1 and control:
        violations.append(compressed_control(header.opcode))
    bits = [
        name
        for name, is_set in (
            ("RSV1", header.rsv1 and not compression),
            ("RSV2", header.rsv2),
            ("RSV3", header.rsv3),
        )
        if is_set
    ]
    if bits:
        violations.append(rsv_not_negotiated(" and ".join(bits)))
    return violations
