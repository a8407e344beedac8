"""A descriptor's bytes to its end, in chunks."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator


__all__ = ["read_chunks"]

_CHUNK_SIZE = 1 << 18


def read_chunks(descriptor: int, size: int = _CHUNK_SIZE) -> Iterator[bytes]:
    """
    Read chunks until the end, each as soon as there is one.

    Raises:
        OSError: If it can't be read.
    """
    while True:
        try:
            chunk = os.read(descriptor, size)
        except BlockingIOError:
            # Others have made it non-blocking.
            select.select([descriptor], [], [])
            continue
        if not chunk:
            return
        yield chunk
