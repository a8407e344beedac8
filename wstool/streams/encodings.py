"""How the payloads of a pipe are spelled: as they are, in hex or in base64."""

from __future__ import annotations

import binascii
import enum


__all__ = ["Encoding", "decode_base64", "decode_hex", "encode_base64", "encode_hex"]


class Encoding(enum.Enum):
    """The values of `--encoding`."""

    RAW = "raw"
    HEX = "hex"
    BASE64 = "base64"


def decode_hex(text: bytes) -> bytes:
    """
    Decode hex digits; whitespace doesn't count.

    Raises:
        ValueError: If the rest isn't an even number of hex digits.
    """
    digits = b"".join(text.split())
    if len(digits) % 2:
        raise ValueError(f"hex needs an even number of digits, not {len(digits)}")
    try:
        return binascii.unhexlify(digits)
    except binascii.Error as error:
        raise ValueError("invalid hex digit") from error


def decode_base64(text: bytes) -> bytes:
    """
    Decode base64 with its padding; whitespace doesn't count.

    Raises:
        ValueError: If the rest isn't base64.
    """
    # The base64 tool wraps its lines, so whitespace inside has to go as well.
    try:
        return binascii.a2b_base64(b"".join(text.split()), strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f"invalid base64: {str(error).lower()}") from error


def encode_hex(payload: bytes) -> bytes:
    """Encode a payload as lower-case hex digits."""
    return binascii.hexlify(payload)


def encode_base64(payload: bytes) -> bytes:
    """Encode a payload as base64 on one line."""
    return binascii.b2a_base64(payload, newline=False)
