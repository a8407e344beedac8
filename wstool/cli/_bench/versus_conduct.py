"""Conducting a phase of a comparison: its processes begin together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from wstool.cli._bench.crew import LEAD, Child, rebuild_error, start_child
from wstool.cli._bench.versus_clients import Phase, make_clients, make_publisher
from wstool.cli._loop import Stop, run
from wstool.connection.waiting import first_of
from wstool.errors import ConnectionLost, Stopped, WstoolError
from wstool.services.bench.carrier import Carriage
from wstool.services.bench.meter import Sample
from wstool.services.bench.tally import Tally


__all__ = ["Result", "conduct_phase"]

# The server says how much CPU it has taken at the beginning, and at the end.
_ASKED = 2


class Result(NamedTuple):
    """What was measured of a phase, and why it ended early if it did."""

    tally: Tally
    carriage: Carriage | None
    """None if it ended before the clients could tell."""
    server_cpu: float | None
    """Seconds; None if it can't be told any more."""
    ended: WstoolError | None


def conduct_phase(phase: Phase, show: Callable[[Tally, float], None]) -> Result:
    """
    Conduct a phase.

    Args:
        show: Is called a few times a second, with the seconds since the beginning.

    Raises:
        WstoolError: If the clients can't be connected, or time is up.
    """
    server = phase.server.child
    children: list[Child] = []
    ends: list[WstoolError] = []
    conductors: list[_Conductor] = []
    try:
        for work in (make_clients(phase), make_publisher(phase)):
            children.append(start_child(work, [server, *children]))

        async def conduct(stop: Stop) -> None:
            conductor = _Conductor(server, children, show, stop)
            conductors.append(conductor)
            await conductor.run()
            if stop.requested.done():
                ends.append(stop.requested.result())

        run(conduct, max_time=phase.client.max_time)
    finally:
        for child in children:
            child.end()
    return conductors[0].finish(ends[0] if ends else None)


class _Conductor:
    """The parent's side of a phase."""

    def __init__(
        self,
        server: Child,
        children: list[Child],
        show: Callable[[Tally, float], None],
        stop: Stop,
    ) -> None:
        self._server = server
        self._clients, self._publisher = children
        self._names = {
            server: "the server",
            self._clients: "the clients",
            self._publisher: "the publisher",
        }
        self._show = show
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._tally = Tally()
        self._carriage: Carriage | None = None
        self._usages: list[float] = []
        self._ready = 0
        self._watched: set[int] = set()
        self._running = {self._clients, self._publisher}
        self._failure: WstoolError | None = None
        self._lost: WstoolError | None = None
        self._done: asyncio.Future[None] = self._loop.create_future()

    async def run(self) -> None:
        """
        Run to the end.

        Raises:
            WstoolError: What a process could not do.
        """
        self._watch(self._clients, self._hear_clients)
        self._watch(self._publisher, self._hear_publisher)
        self._watch(self._server, self._hear_server)
        try:
            await first_of(self._done, self._stop.requested)
            if not self._done.done():
                self._stop_all()
            await self._done
        finally:
            for descriptor in list(self._watched):
                self._loop.remove_reader(descriptor)
        failure = self._failure
        if failure is not None and not isinstance(failure, Stopped):
            # What goes wrong without a server is no fault of those who say so first.
            if not self._server.process.is_alive():
                self._note_lost(self._server)
            if self._lost is None:
                raise failure

    def finish(self, ended: WstoolError | None) -> Result:
        """Give what was measured."""
        self._tally.finish()
        cpu = None
        if len(self._usages) == _ASKED:
            cpu = self._usages[1] - self._usages[0]
        return Result(self._tally, self._carriage, cpu, self._lost or ended)

    def _watch(self, child: Child, hear: Callable[[tuple[object, ...]], None]) -> None:
        descriptor = child.pipe.fileno()
        self._watched.add(descriptor)
        self._loop.add_reader(descriptor, self._read, child, hear)

    def _read(self, child: Child, hear: Callable[[tuple[object, ...]], None]) -> None:
        try:
            message = child.pipe.recv()
        except (EOFError, OSError):
            self._lose(child)
            return
        if message[0] == "failed":
            self._failure = self._failure or rebuild_error(*message[1:])
            self._end_one(child)
            self._stop_all()
        elif message[0] == "done":
            self._end_one(child)
        elif message[0] == "ready":
            self._ready += 1
            if self._ready == len(self._running):
                self._server.send(("usage",))
        else:
            hear(message)

    def _hear_clients(self, message: tuple[object, ...]) -> None:
        """Take what the clients have got, and in the end what it took."""
        subject = message[1]
        if isinstance(subject, Sample):
            self._tally.add(subject)
            self._show(self._tally, subject.end)
        elif isinstance(subject, Carriage):
            self._carriage = subject
            self._server.send(("usage",))

    def _hear_publisher(self, message: tuple[object, ...]) -> None:
        """Take what was published; its connection is none of those compared."""
        subject = message[1]
        if isinstance(subject, Sample):
            self._tally.add(subject._replace(opened=0, open=0, opening=b""), 1)

    def _hear_server(self, message: tuple[object, ...]) -> None:
        """Take what the server has used; once it is known, the phase begins."""
        self._usages.append(float(str(message[1])))
        if len(self._usages) == 1:
            start = time.monotonic_ns() + LEAD
            for child in (self._clients, self._publisher):
                child.send(("begin", start))
        self._check_end()

    def _lose(self, child: Child) -> None:
        """Take note of a process that ended without a word."""
        child.process.join(1)
        self._note_lost(child)
        self._end_one(child)
        self._stop_all()

    def _note_lost(self, child: Child) -> None:
        if self._lost is None and not self._stop.requested.done():
            who, status = self._names[child], child.process.exitcode
            problem = f"the process of {who} ended with status {status}"
            self._lost = ConnectionLost(problem)

    def _end_one(self, child: Child) -> None:
        self._forget(child)
        self._running.discard(child)
        self._check_end()

    def _check_end(self) -> None:
        """End when both have, and the server has said what it took meanwhile."""
        is_told = len(self._usages) == _ASKED or self._carriage is None
        is_gone = self._server.pipe.fileno() not in self._watched
        if not self._running and (is_told or is_gone) and not self._done.done():
            self._done.set_result(None)

    def _forget(self, child: Child) -> None:
        descriptor = child.pipe.fileno()
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            self._loop.remove_reader(descriptor)

    def _stop_all(self) -> None:
        for child in self._running:
            child.send(("stop",))
