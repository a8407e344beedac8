"""Standard input on the event loop of the standard library."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable

from wstool.streams.descriptors import enlarge_pipe


__all__ = ["InputReader"]

CHUNK_SIZE = 1 << 18

# What epoll and kqueue say of descriptors that are always ready.
_NOT_WATCHABLE = frozenset({errno.EPERM, errno.EINVAL, errno.ENODEV})


class InputReader:
    """
    Read a descriptor chunk by chunk, without blocking the loop.

    Pipes, sockets and terminals are read once whenever they have data, with their
    flags untouched. Regular files and devices such as /dev/null are read once in a
    turn of the loop, so that the loop has time for others. No callback comes while
    the reader is paused or after it is closed. The descriptor itself stays open.

    Args:
        received: Takes each chunk, never an empty one.
        ended: Called at the end of the input; a terminal that hung up ends too.
        failed: Takes the error that ended the reading.
        chunk_size: Bytes to read at a time, at most.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        *,
        received: Callable[[bytes], None],
        ended: Callable[[], None],
        failed: Callable[[OSError], None],
        chunk_size: int = CHUNK_SIZE,
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._received = received
        self._ended = ended
        self._failed = failed
        self._chunk_size = chunk_size
        self._handle: asyncio.Handle | None = None
        self._is_watchable = True
        self._is_active = False
        self._is_done = False

    def start(self) -> None:
        """Begin to read."""
        enlarge_pipe(self._descriptor)
        self.resume()

    def pause(self) -> None:
        """Read nothing until resumed."""
        if not self._is_active:
            return
        self._is_active = False
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        elif self._is_watchable:
            self._loop.remove_reader(self._descriptor)

    def resume(self) -> None:
        """Read again after a pause."""
        if self._is_active or self._is_done:
            return
        self._is_active = True
        if self._is_watchable:
            self._watch()
        else:
            self._schedule()

    def close(self) -> None:
        """Read no more, for good."""
        self.pause()
        self._is_done = True

    def _watch(self) -> None:
        try:
            self._loop.add_reader(self._descriptor, self._read)
        except OSError as error:
            self._is_watchable = False
            if error.errno in _NOT_WATCHABLE:
                self._schedule()
            else:
                self._handle = self._loop.call_soon(self._fail, error)

    def _schedule(self) -> None:
        self._handle = self._loop.call_soon(self._read_in_turn)

    def _read_in_turn(self) -> None:
        self._handle = None
        self._read()
        if self._is_active and self._handle is None:
            self._schedule()

    def _read(self) -> None:
        try:
            chunk = os.read(self._descriptor, self._chunk_size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            # A terminal that hung up says EIO instead of end of file.
            if error.errno == errno.EIO and os.isatty(self._descriptor):
                chunk = b""
            else:
                self._fail(error)
                return
        if chunk:
            self._received(chunk)
        else:
            self.close()
            self._ended()

    def _fail(self, error: OSError) -> None:
        self.close()
        self._failed(error)
