"""
Several processes that serve the same ports (SO_REUSEPORT).

The parent forks the workers before there is a loop, says where they listen once all of
them do, passes signals on and waits. A worker that is killed is replaced; one that ends
with an error of its own ends them all. A worker whose parent is gone stops.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from wstool.cli._output import Note
from wstool.connection.translate import describe_os_error
from wstool.errors import ConnectFailed
from wstool.services.site.shared import SharedCounts, SharedGauge


__all__ = ["Reservation", "Worker", "Workers", "reserve_ports"]

# A worker that is killed sooner than this would only be killed again.
_MIN_LIFE = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Worker(NamedTuple):
    """What a worker knows of its parent, and of the others."""

    number: int
    counts: SharedCounts
    connections: SharedGauge
    ready: int | None
    """Descriptor to close once it listens, having written a byte; None if not asked."""
    life: int
    """Descriptor that ends when the parent does."""

    def report_ready(self) -> None:
        """Tell the parent that this worker listens."""
        if self.ready is not None:
            os.write(self.ready, b"\0")
            os.close(self.ready)


class Reservation(NamedTuple):
    """Ports that are kept for the workers."""

    addresses: tuple[tuple[str, int], ...]
    sockets: tuple[socket.socket, ...]
    """They are bound and don't listen, so they get no connections."""


def reserve_ports(addresses: tuple[tuple[str, int], ...]) -> Reservation:
    """
    Find free ports where any will do, and see that nobody else has the others.

    Raises:
        ConnectFailed: If an address can't be had.
    """
    found, sockets = [], []
    for host, port in addresses:
        try:
            family, _, _, _, place = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family) as probe:
                # Others that share the port would let us in beside them.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
                place = probe.getsockname()
            sock = socket.socket(family)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(place)
        except OSError as error:
            problem = describe_os_error(error)
            raise ConnectFailed(f"{host}:{port}", problem, doing="listen on") from error
        found.append((host, place[1]))
    return Reservation(tuple(found), tuple(sockets))


class Workers:
    """The workers, as their parent sees them."""

    def __init__(self, count: int, note: Note) -> None:
        self._count = count
        self._note = note
        # Under nohup, the end of the terminal is to end nothing.
        self._signals = [
            number
            for number in _SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        ]
        self._counts = SharedCounts(count)
        self._connections = SharedGauge(count)
        self._started: dict[int, tuple[int, float]] = {}
        self._stopping = False
        self._status = 0

    def run(self, announce: Callable[[], None]) -> Worker | int:
        """
        Fork the workers, and wait for their end.

        Args:
            announce: Is called once all workers listen.

        Returns:
            In a worker what it knows of its parent; in the parent the exit status.
        """
        life_read, life_write = os.pipe()
        ready_read, ready_write = os.pipe()
        for number in range(self._count):
            if self._fork(number):
                os.close(life_write)
                os.close(ready_read)
                return self._make_worker(number, ready_write, life_read)
        os.close(ready_write)
        for signal_number in self._signals:
            signal.signal(signal_number, self._pass_on)
        if self._wait_until_ready(ready_read):
            announce()
        while self._started:
            replacing = self._wait_for_one()
            if replacing is not None:
                os.close(life_write)
                return self._make_worker(replacing, None, life_read)
        return self._status

    def _make_worker(self, number: int, ready: int | None, life: int) -> Worker:
        return Worker(number, self._counts, self._connections, ready, life)

    def _fork(self, number: int) -> bool:
        """Fork; tell whether this is the worker of that number."""
        child = os.fork()
        if child == 0:
            # Ctrl-C goes to the parent alone, which passes it on once.
            os.setpgid(0, 0)
            for signal_number in self._signals:
                signal.signal(signal_number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return True
        self._started[child] = (number, time.monotonic())
        return False

    def _wait_until_ready(self, ready: int) -> bool:
        """Wait until all workers listen, or some have ended instead."""
        count = 0
        while data := os.read(ready, self._count):
            count += len(data)
        os.close(ready)
        return count == self._count

    def _wait_for_one(self) -> int | None:
        """Wait for the end of a worker; in the one in its place, give the number."""
        child, status = os.waitpid(-1, 0)
        if child not in self._started:
            return None
        number, started = self._started.pop(child)
        code = os.waitstatus_to_exitcode(status)
        killed = code < 0 and not self._stopping
        if killed:
            name = signal.Signals(-code).name
            self._note(f"worker {child} was ended by {name}")
            if time.monotonic() - started >= _MIN_LIFE:
                return number if self._fork(number) else None
        self._status = self._status or (code if code >= 0 else 128 - code)
        self._stop(signal.SIGTERM)
        return None

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        self._send(number)

    def _stop(self, number: int) -> None:
        if not self._stopping:
            self._stopping = True
            self._send(number)

    def _send(self, number: int) -> None:
        for child in list(self._started):
            try:
                os.kill(child, number)
            except ProcessLookupError:
                continue
