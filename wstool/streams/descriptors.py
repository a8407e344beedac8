"""
Standard streams before and without an event loop.

A pipe or a terminal can be opened a second time through its descriptor. The new open
file has flags of its own, so it can be non-blocking while the shared one, which other
processes use as well, stays as it was.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import time


__all__ = [
    "PIPE_BUFFER_SIZE",
    "enlarge_pipe",
    "open_missing_descriptors",
    "reopen_nonblocking",
    "write_bounded",
]

PIPE_BUFFER_SIZE = 1 << 20
"""Bytes a pipe should hold; more than Linux grants to an ordinary user fail."""

# Opening the master side of a pseudo-terminal again makes another terminal.
_PTY_MASTER = os.makedev(5, 2)


def open_missing_descriptors() -> None:
    """
    Open those of the descriptors 0 to 2 that are closed on /dev/null.

    To be called before anything opens a file, which would else take their place and
    get the output meant for them.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY
            # The lowest free number is taken, so it is this one.
            os.set_inheritable(os.open(os.devnull, flags), True)


def reopen_nonblocking(descriptor: int) -> int | None:
    """
    Open a pipe or a terminal again, for writing without blocking.

    Returns:
        A new descriptor, or None if there can't be one: it is something else,
        belongs to another user, or the system has no /proc.

    Raises:
        OSError: If the descriptor isn't open for writing.
    """
    _check_writable(descriptor)
    status = os.fstat(descriptor)
    is_terminal = os.isatty(descriptor) and status.st_rdev != _PTY_MASTER
    if not is_terminal and not stat.S_ISFIFO(status.st_mode):
        return None
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        return os.open(f"/proc/self/fd/{descriptor}", flags)
    except OSError:
        pass
    try:
        # After su or sudo the terminal is another user's, but everyone may open the
        # one that controls the process; only of that the process group is told.
        os.tcgetpgrp(descriptor)
        return os.open("/dev/tty", flags)
    except OSError:
        return None


def enlarge_pipe(descriptor: int, size: int = PIPE_BUFFER_SIZE) -> None:
    """Let a pipe hold more than it does, where the system can and allows it."""
    try:
        if fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) < size:
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)
    except (AttributeError, OSError):
        pass


def write_bounded(descriptor: int, data: bytes, *, timeout: float) -> bool:
    """
    Write to a descriptor, but give up after `timeout` seconds; never raise.

    Returns:
        Whether all of the data went out.
    """
    deadline = time.monotonic() + timeout
    reopened = None
    try:
        reopened = reopen_nonblocking(descriptor)
        target = descriptor if reopened is None else reopened
        return _write_until(target, memoryview(data), deadline)
    except (OSError, ValueError, OverflowError):
        return False
    finally:
        if reopened is not None:
            os.close(reopened)


def _check_writable(descriptor: int) -> None:
    # A poll says nothing of a descriptor for reading only: it would be waited for in
    # vain. And the reading end of a pipe would become writable by opening it again.
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _write_until(descriptor: int, data: memoryview, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    while data:
        left = deadline - time.monotonic()
        if not poll.poll(max(0, left) * 1000):
            return False
        try:
            # What poll promises: this much goes into a pipe at once.
            data = data[os.write(descriptor, data[: select.PIPE_BUF]) :]
        except BlockingIOError:
            if left <= 0:
                return False
    return True
