"""
What it takes to write to each kind of descriptor without blocking.

A sink writes what fits now, or raises BlockingIOError when nothing does. It never
changes the flags of the descriptor that it was made for.
"""

from __future__ import annotations

import os
import select
import socket
import stat

from wstool.streams.descriptors import enlarge_pipe, reopen_nonblocking


__all__ = ["FileSink", "PoliteSink", "ReopenedSink", "Sink", "SocketSink", "open_sink"]


class Sink:
    """A descriptor that can be written to without blocking."""

    def __init__(self, descriptor: int, *, has_reader: bool) -> None:
        self.descriptor = descriptor
        """The descriptor to watch for a chance to write."""
        self.has_reader = has_reader
        """Whether somebody reads the other end and may go away."""

    def write(self, data: memoryview) -> int:
        """
        Write as much as fits now, at least a byte, and tell how much it was.

        Raises:
            BlockingIOError: If nothing fits now.
            OSError: If the descriptor refuses data.
        """
        raise NotImplementedError

    def is_abandoned(self) -> bool:
        """Tell whether the other end is closed."""
        poll = select.poll()
        poll.register(self.descriptor, 0)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Close what the sink has opened, not the descriptor it was made for."""


class FileSink(Sink):
    """A regular file or a device: takes data at once or fails."""

    def write(self, data: memoryview) -> int:
        """Write to the file; may write less than all."""
        return os.write(self.descriptor, data)


class ReopenedSink(Sink):
    """A pipe or a terminal, opened a second time as non-blocking."""

    def write(self, data: memoryview) -> int:
        """Write what the pipe or the terminal takes."""
        return os.write(self.descriptor, data)

    def close(self) -> None:
        """Close the second opening."""
        os.close(self.descriptor)


class PoliteSink(Sink):
    """
    A pipe or a terminal that can't be opened a second time.

    The descriptor may be a blocking one. A pipe that polls as writable takes
    PIPE_BUF bytes, so no more are written before it is asked again. A terminal
    promises no more than a byte.
    """

    def __init__(self, descriptor: int, *, has_reader: bool) -> None:
        super().__init__(descriptor, has_reader=has_reader)
        self._size = 1 if os.isatty(descriptor) else select.PIPE_BUF
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def write(self, data: memoryview) -> int:
        """Write what fits for sure."""
        if not self._poll.poll(0):
            raise BlockingIOError
        return os.write(self.descriptor, data[: self._size])


class SocketSink(Sink):
    """A socket: each call says by itself that it must not block."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        super().__init__(self._socket.fileno(), has_reader=True)

    def write(self, data: memoryview) -> int:
        """Send what the socket takes."""
        return self._socket.send(data, socket.MSG_DONTWAIT)

    def close(self) -> None:
        """Close the duplicate; the connection stays."""
        self._socket.close()


def open_sink(descriptor: int) -> Sink:
    """
    Choose the way to write to a descriptor.

    Raises:
        OSError: If it isn't open, or is a stream that isn't open for writing.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        return SocketSink(descriptor)
    is_pipe = stat.S_ISFIFO(mode)
    if not is_pipe and not os.isatty(descriptor):
        return FileSink(descriptor, has_reader=False)
    if is_pipe:
        enlarge_pipe(descriptor)
    reopened = reopen_nonblocking(descriptor)
    if reopened is None:
        return PoliteSink(descriptor, has_reader=is_pipe)
    return ReopenedSink(reopened, has_reader=is_pipe)
