"""Writing several pieces at once."""

from __future__ import annotations

import asyncio


__all__ = ["write_pieces"]

# Pieces below this are joined: a copy is cheaper than a second system call.
_JOIN_LIMIT = 1 << 16


def write_pieces(transport: asyncio.Transport, pieces: list[bytes]) -> int:
    """Write pieces, and give their size; the transport may keep the list."""
    size = sum(map(len, pieces))
    if size <= _JOIN_LIMIT:
        transport.write(b"".join(pieces))
    else:
        transport.writelines(pieces)
    return size
