"""Conducting a run: start the workers, let them begin together, add up the samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import NamedTuple

from wstool.cli._bench.conductor import Conductor
from wstool.cli._bench.crew import Child, Link, start_child
from wstool.cli._client import make_dialer
from wstool.cli._loop import Stop, run
from wstool.cli._options import ClientArguments
from wstool.cli._verbose import verbose_observer
from wstool.connection.handler import Handler
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.options import Observer
from wstool.connection.transport import Connection
from wstool.errors import WstoolError
from wstool.services.bench import Kind, Load, Supply, run_load
from wstool.services.bench.handshakes import Dial
from wstool.services.bench.meter import Sample
from wstool.services.bench.publication import Publication
from wstool.services.bench.tally import Tally
from wstool.wire.uri import WebSocketURI


__all__ = ["Plan", "conduct", "share_load"]


class Plan(NamedTuple):
    """What is to be run."""

    uri: WebSocketURI
    client: ClientArguments
    load: Load
    supply: Supply
    workers: int
    start_at: float | None = None
    """Seconds since the epoch; None for as soon as all are ready."""


def conduct(
    plan: Plan, show: Callable[[Tally, float], None]
) -> tuple[Tally, WstoolError | None]:
    """
    Run a plan.

    Args:
        show: Is called a few times a second, with the seconds since the beginning.

    Returns:
        What was measured, and why it ended early if it did.

    Raises:
        WstoolError: If no worker can make a connection, or time is up.
    """
    children: list[Child] = []
    tally = Tally()
    ends: list[WstoolError] = []
    try:
        for load in share_load(plan.load, plan.workers):
            first = not children
            child = start_child(_make_work(plan, load, verbose=first), children)
            children.append(child)

        async def conduct_all(stop: Stop) -> None:
            conductor = _Conductor(plan, children, tally, show, stop)
            await conductor.run()
            if stop.requested.done():
                ends.append(stop.requested.result())
            elif conductor.lost is not None:
                ends.append(conductor.lost)

        run(conduct_all, max_time=plan.client.max_time)
    finally:
        for child in children:
            child.end()
    tally.finish()
    return tally, ends[0] if ends else None


def share_load(load: Load, workers: int) -> list[Load]:
    """Share a load among processes; only the first one publishes."""
    connections = _split(load.connections, workers)
    limits: list[int | None] = [load.limit] * workers
    if load.kind is Kind.FANOUT:
        load = load._replace(publication=Publication())
    elif load.limit is not None:
        limits = [*_split(load.limit, workers)]
    return [
        load._replace(
            connections=connections[index],
            limit=limits[index],
            rate=_share_rate(load, connections[index]),
            publishers=load.publishers if index == 0 else 0,
        )
        for index in range(workers)
    ]


def _share_rate(load: Load, connections: int) -> float | None:
    """Give the rate of the worker that has so many of the connections."""
    if load.rate is None or load.kind is Kind.FANOUT:
        return load.rate
    return load.rate * connections / load.connections


def _split(number: int, parts: int) -> list[int]:
    return [number // parts + (index < number % parts) for index in range(parts)]


def _make_work(
    plan: Plan, load: Load, *, verbose: bool
) -> Callable[[Link, Stop], Coroutine[object, object, None]]:
    async def work(link: Link, stop: Stop) -> None:
        raise_descriptor_limit()
        dial = _make_dial(plan, verbose=verbose)
        await run_load(
            load,
            plan.supply,
            dial,
            report=lambda sample: link.send(("sample", sample)),
            stopped=stop.requested,
            gate=link.wait_to_begin,
        )
        link.send(("done",))

    return work


def _make_dial(plan: Plan, *, verbose: bool) -> Dial:
    """Make what connects; ``-v`` shows only the first connection of all."""
    first = make_dialer(plan.uri, plan.client, verbose_observer(plan.client))
    others = make_dialer(plan.uri, plan.client._replace(quiet=True), Observer())
    left = [first] if verbose else []

    async def dial(handler: Handler) -> Connection:
        return await (left.pop() if left else others)(handler)

    return dial


class _Conductor(Conductor):
    """The parent's side of a run."""

    def __init__(
        self,
        plan: Plan,
        children: list[Child],
        tally: Tally,
        show: Callable[[Tally, float], None],
        stop: Stop,
    ) -> None:
        names = {child: f"worker {n}" for n, child in enumerate(children, 1)}
        super().__init__(names, stop)
        self._plan = plan
        self._failed: set[Child] = set()
        self._numbers = {child: number for number, child in enumerate(children)}
        self._tally = tally
        self._show = show

    def take_ready(self) -> None:
        """Let all begin, at the time that is set if there is one."""
        after = 0
        if self._plan.start_at is not None:
            wait = int((self._plan.start_at - time.time()) * 1e9)
            after = time.monotonic_ns() + wait
        self.begin(after=after)

    def is_spared(self, child: Child) -> bool:
        """Tell whether some are left, with something to do."""
        self._failed.add(child)
        return self.is_excused()

    def is_excused(self) -> bool:
        """Tell whether there are others; what is published comes from the first."""
        if self._plan.load.kind is Kind.FANOUT:
            return all(self._numbers[child] for child in self._failed)
        return len(self._failed) < len(self._numbers)

    def hear(self, child: Child, message: tuple[object, ...]) -> None:
        """Take a sample."""
        sample = message[1]
        if isinstance(sample, Sample):
            self._tally.add(sample, self._numbers[child])
            self._show(self._tally, sample.end)
