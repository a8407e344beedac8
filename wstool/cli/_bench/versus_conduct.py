"""Conducting a phase of a comparison: its processes begin together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.cli._bench.conductor import Conductor
from wstool.cli._bench.crew import Child, start_child
from wstool.cli._bench.versus_clients import Phase, make_clients, make_publisher
from wstool.cli._loop import Stop, run
from wstool.errors import WstoolError
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


class _Conductor(Conductor):
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
        names = {
            self._clients: "the process of the clients",
            self._publisher: "the process of the publisher",
            server: "the process of the server",
        }
        super().__init__(names, stop, serving=[server])
        self._show = show
        self._tally = Tally()
        self._carriage: Carriage | None = None
        self._usages: list[float] = []

    def finish(self, ended: WstoolError | None) -> Result:
        """Give what was measured."""
        self._tally.finish()
        cpu = None
        if len(self._usages) == _ASKED:
            cpu = self._usages[1] - self._usages[0]
        return Result(self._tally, self._carriage, cpu, self.lost or ended)

    def take_ready(self) -> None:
        """Ask what the server has used; once it is known, the phase begins."""
        self._server.send(("usage",))

    def hear(self, child: Child, message: tuple[object, ...]) -> None:
        """Take what one of them has to say."""
        if child is self._server:
            self._take_usage(float(str(message[1])))
        elif child is self._clients:
            self._hear_clients(message[1])
        elif isinstance(message[1], Sample):
            # The publisher's connection is none of those compared.
            sample = message[1]._replace(opened=0, open=0, opening=b"")
            self._tally.add(sample, 1)

    def is_complete(self) -> bool:
        """Tell whether the server has said what it took meanwhile, if it can."""
        is_told = len(self._usages) == _ASKED or self._carriage is None
        return is_told or not self.is_watched(self._server)

    def is_excused(self) -> bool:
        """Tell whether the server is gone, which others say first."""
        if not self._server.process.is_alive():
            self.note_lost(self._server)
        return self.lost is not None

    def _hear_clients(self, subject: object) -> None:
        """Take what the clients have got, and in the end what it took."""
        if isinstance(subject, Sample):
            self._tally.add(subject)
            self._show(self._tally, subject.end)
        elif isinstance(subject, Carriage):
            self._carriage = subject
            self._server.send(("usage",))

    def _take_usage(self, seconds: float) -> None:
        self._usages.append(seconds)
        if len(self._usages) == 1:
            self.begin()
        self.check_end()
