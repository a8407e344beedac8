"""
Files that are read whole, before anything else can be done.

A named pipe that nobody writes to, or a terminal, would be waited for without end; a
pipe of the shell's ``<(COMMAND)`` is read to its end.
"""

from __future__ import annotations

import os
import select
import stat
import time

from wstool.errors import TimedOut


__all__ = ["FIXED_LIMIT", "FIXED_SECONDS", "is_pipe", "read_file"]

FIXED_SECONDS = 10.0
"""Limit where there is no option for it."""
FIXED_LIMIT = "fixed limit"
"""What that is called."""

_PIECE = 1 << 20


def is_pipe(path: str) -> bool:
    """Tell whether a path leads to a pipe, which can be read only once."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def read_file(
    path: str,
    size: int,
    *,
    seconds: float = FIXED_SECONDS,
    limit: str = FIXED_LIMIT,
) -> bytes:
    """
    Read a file, up to so many bytes.

    Args:
        seconds: How long what isn't a regular file may take; 0 for no limit.
        limit: The name of that limit, such as an option's.

    Raises:
        OSError: If it can't be read.
        ValueError: If no file can have that name.
        TimedOut: If it takes longer.
    """
    # Not blocking: else a pipe without a writer couldn't even be opened.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(path, flags)
    try:
        is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        deadline = None if is_regular or not seconds else time.monotonic() + seconds
        data = bytearray()
        while len(data) < size:
            if not is_regular and not _wait(descriptor, deadline):
                raise TimedOut(f"reading {path}", seconds, limit)
            try:
                piece = os.read(descriptor, min(_PIECE, size - len(data)))
            except BlockingIOError:
                continue
            if not piece:
                break
            data += piece
        return bytes(data)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, deadline: float | None) -> bool:
    """Wait until there is something to read, or the end; tell whether there is."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
    return bool(poll.poll(left))
