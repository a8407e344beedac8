"""Bytes of a stream that are heads of HTTP, or their bodies."""

from __future__ import annotations

from wstool.services.inspector.findings import Direction
from wstool.wire.handshake import Header, find_values


__all__ = ["is_head", "may_be_http", "measure_body"]


def measure_body(headers: list[Header], unknown: int | None = 0) -> int | None:
    """Find out how long the body of a message is; None if that isn't known."""
    if find_values(headers, "Transfer-Encoding"):
        return None
    lengths = find_values(headers, "Content-Length")
    if not lengths:
        return unknown
    return int(lengths[0]) if lengths[0].isdecimal() and len(lengths[0]) < 16 else None


def may_be_http(direction: Direction, data: bytes) -> bool:
    """Tell whether bytes can be the beginning of a head."""
    if not data:
        return True
    if direction is Direction.RECEIVED:
        return b"HTTP/".startswith(data[:5])
    word = data[:16].partition(b" ")[0]
    return word.isalpha() and word.isupper() and len(word) < 16


def is_head(direction: Direction, data: bytes) -> bool:
    """Tell whether bytes begin like the head of an opening handshake."""
    if direction is Direction.RECEIVED:
        return data.startswith(b"HTTP/1.")
    return data.startswith((b"GET /", b"GET http"))
