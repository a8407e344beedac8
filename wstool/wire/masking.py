"""Masking (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable


__all__ = ["Mask", "rotate_key", "xor_mask"]

Mask = Callable[[bytes, bytes], bytes]
"""Mask or unmask a payload: ``(payload, masking_key) -> payload``."""


def xor_mask(payload: bytes, masking_key: bytes) -> bytes:
    """
    Mask or unmask a payload with one exclusive or of two large integers.

    Linear in the payload, needs no extension module, and is fast enough where the
    total is small. Bulk data wants a function in C, of the same signature.
    """
    size = len(payload)
    key = (masking_key * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
    return masked.to_bytes(size, "little")


def rotate_key(masking_key: bytes, offset: int) -> bytes:
    """Give the masking key for a piece that begins at an offset in the payload."""
    shift = offset % 4
    return masking_key[shift:] + masking_key[:shift] if shift else masking_key
