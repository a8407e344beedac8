"""Files that options name, which are read whole."""

from __future__ import annotations

import click

from wstool.files import FIXED_LIMIT, FIXED_SECONDS
from wstool.files import read_file as read_within


__all__ = ["read_file"]


def read_file(path: str, size: int) -> bytes:
    """
    Read a file that an option names, up to so many bytes.

    What isn't a regular file has the time of ``--connect-timeout`` where the subcommand
    has that. In a thread it has any: who waits for the thread has a limit.

    Raises:
        OSError: If it can't be read.
        ValueError: If no file can have that name.
        TimedOut: If it takes too long.
    """
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return read_within(path, size, seconds=0)
    seconds = ctx.params.get("connect_timeout")
    if seconds is None:
        return read_within(path, size, seconds=FIXED_SECONDS, limit=FIXED_LIMIT)
    return read_within(path, size, seconds=seconds, limit="--connect-timeout")
