"""
The short way between sockets and who knows beforehand what comes.

A loop calls back for each socket that has something, and writes at the end of a turn.
Where many connections have one short message each, that is most of what is to be done.
Here one call reads from all of them, and writes go straight to the socket. All else
stays with the transports: what a socket doesn't take at once, errors, and the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import Callable
from typing import Any

from wstool.connection.endpoint import State
from wstool.connection.transport import Connection


__all__ = ["Shortcut", "Shortcuts"]

Taker = Callable[[bytes], None]
"""Takes what was read; what it doesn't know it gives to ``data_received``."""

# Looking a member up in an enum takes longer than all else here.
_OPEN = State.OPEN

# A turn of the loop takes as long as several replies: as long as more have come, they
# are read in the same turn. Timers and signals wait no longer than these.
_ROUNDS = 16


class Shortcut:
    """A connection whose socket is read and written here."""

    __slots__ = ("_endpoint", "_pending", "_socket", "connection")

    def __init__(self, connection: Connection, descriptor: int) -> None:
        self.connection = connection
        self._socket = descriptor
        self._endpoint = connection.endpoint
        self._pending = connection.transport.get_write_buffer_size

    def send(self, data: bytes) -> None:
        """Send whole frames, behind all that was sent before."""
        connection = self.connection
        if self._endpoint.output or self._endpoint.state is not _OPEN:
            connection.send_serialized(data)
            return
        try:
            taken = 0 if self._pending() else os.write(self._socket, data)
        except OSError:
            # The transport meets the error again, and knows what follows from it.
            taken = 0
        connection.bytes_sent += taken
        if taken < len(data):
            connection.send_serialized(data[taken:])


class Shortcuts:
    """The sockets of any number of connections, all read in one call."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, read_size: int) -> None:
        """
        Begin without a connection.

        Args:
            read_size: Bytes to read at a time from one socket.
        """
        self._loop = loop
        self._read_size = read_size
        self._epoll: select.epoll | None = None
        self._takers: dict[int, Taker] = {}
        self._connections: dict[int, Connection] = {}
        self._descriptors: dict[Connection, int] = {}

    def add(self, connection: Connection, take: Taker) -> Shortcut | None:
        """
        Take the reads of a connection over; None where that can't be done.

        It can't with TLS, where nobody can wait for many sockets at once as Linux
        does, and not while somebody watches the bytes.
        """
        descriptor = _find_descriptor(connection)
        if descriptor is None:
            return None
        if self._epoll is None:
            self._epoll = select.epoll()
            self._loop.add_reader(self._epoll.fileno(), self._read_all)
        connection.transport.pause_reading()
        self._epoll.register(descriptor, select.EPOLLIN)
        self._takers[descriptor] = take
        self._connections[descriptor] = connection
        self._descriptors[connection] = descriptor
        return Shortcut(connection, descriptor)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        descriptor = self._descriptors.pop(connection, None)
        if descriptor is not None:
            del self._takers[descriptor], self._connections[descriptor]

    def end(self) -> None:
        """Give back what is left; nothing is read here any more."""
        for connection in list(self._descriptors):
            self._give_back(connection)
        if self._epoll is not None:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll = None

    def _read_all(self) -> None:
        epoll = self._epoll
        if epoll is None:
            return
        takers, size, read, poll = self._takers, self._read_size, os.read, epoll.poll
        for _ in range(_ROUNDS):
            events = poll(0)
            if not events:
                return
            for descriptor, _kinds in events:
                take = takers.get(descriptor)
                if take is None:  # It has ended in this turn.
                    continue
                try:
                    data = read(descriptor, size)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if data:
                    take(data)
                else:
                    self._give_back(self._connections[descriptor])
            if epoll.closed:
                return

    def _give_back(self, connection: Connection) -> None:
        """Let the transport read: it meets the end or the error by itself."""
        descriptor = self._descriptors[connection]
        self.remove(connection)
        if self._epoll is not None:
            with contextlib.suppress(OSError):
                self._epoll.unregister(descriptor)
        connection.transport.resume_reading()


def _find_descriptor(connection: Connection) -> int | None:
    transport: Any = connection.transport
    sock = transport.get_extra_info("socket")
    if (
        sock is None
        or not hasattr(select, "epoll")
        or transport.get_extra_info("sslcontext") is not None
        or connection.observer is not None
    ):
        return None
    descriptor: int = sock.fileno()
    return descriptor
