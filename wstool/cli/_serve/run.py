"""Running a server from its start to its end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wstool.cli._client_command import describe_way
from wstool.cli._loop import Stop
from wstool.cli._output import Note, write_stdout
from wstool.cli._serve.faults import break_clients
from wstool.cli._serve.log import make_log
from wstool.cli._serve.view import LiveView
from wstool.cli._serve.workers import Worker
from wstool.connection.faults.options import FaultOptions
from wstool.connection.listen import Listener, ListenOptions
from wstool.connection.tally import Counts
from wstool.connection.waiting import first_of
from wstool.errors import WstoolError
from wstool.services.hub.mode import Mode, ModeTools
from wstool.services.site.site import Site, SiteSources
from wstool.services.site.static import StaticFiles


__all__ = ["ServePlan", "announce", "serve_until_stopped"]


_PUBLISHING_INTERVAL = 1.0


class ServePlan(NamedTuple):
    """A server that is to run."""

    make_mode: Callable[[ModeTools], Mode]
    options: ListenOptions
    log: str
    """Form of the log: ``live``, ``text``, ``json`` or ``none``."""
    grace: float
    """Seconds that clients have to answer the close frame at the end."""
    mode: str
    static: str | None = None
    """Folder with files to serve."""
    ca_path: Path | None = None
    """File with the authority that clients have to trust, where it is our own."""
    faults: FaultOptions | None = None
    """How clients are broken on purpose."""


async def serve_until_stopped(
    plan: ServePlan, stop: Stop, worker: Worker | None = None
) -> None:
    """
    Serve until somebody wants it to stop.

    Args:
        worker: What this process knows of its parent, if it is one of several.

    Raises:
        ConnectFailed: If an address can't be had.
        WstoolError: What the mode ended the server with.
    """
    running = _Running(plan)
    listener = running.listener
    counts = listener.count if worker is None else _share(listener, worker)
    site = _make_site(plan.mode, listener, counts, running.mode, running.static)
    listener.site = site.answer
    await listener.start()
    try:
        await running.mode.start()
        _tell_start(plan, running, stop, worker)
        await first_of(stop.requested, running.ended)
        await listener.stop(grace=plan.grace)
    finally:
        await running.finish()
    error = running.ended.result() if running.ended.done() else None
    if error is not None:
        raise error


class _Running:
    """The parts of a server, put together."""

    def __init__(self, plan: ServePlan) -> None:
        self.ended: asyncio.Future[WstoolError | None] = (
            asyncio.get_running_loop().create_future()
        )
        """Is done when the mode ends the server, with what it ends it."""
        self.view = view = LiveView(plan.mode) if plan.log == "live" else None
        self.log = make_log(plan.log) if view is None else view.log
        mode = plan.make_mode(ModeTools(self.log.event, self._end))
        self.mode = mode if view is None else view.watch(mode)
        options = plan.options
        if plan.faults is not None:
            options = break_clients(options, plan.faults, self.log)
        self.listener = Listener(self.mode, options, self.log.event)
        self.static = None if plan.static is None else StaticFiles(plan.static)

    async def finish(self) -> None:
        """Let go of everything, whatever happened."""
        self.listener.abort()
        await self.mode.stop()
        if self.view is not None:
            self.view.stop()
        if self.static is not None:
            self.static.close()

    def _end(self, error: WstoolError | None) -> None:
        if not self.ended.done():
            self.ended.set_result(error)


def _tell_start(
    plan: ServePlan, running: _Running, stop: Stop, worker: Worker | None
) -> None:
    """Say that it accepts clients: to the user, or to the parent."""
    listener = running.listener
    if worker is None:
        announce(plan, listener.urls, running.log.note)
    else:
        loop = asyncio.get_running_loop()
        worker.report_ready()
        loop.add_reader(worker.life, _stop_with_parent, loop, worker.life, stop)
    if running.view is not None:
        running.view.start(listener.urls, listener.count)


def _make_site(
    name: str,
    listener: Listener,
    counts: Callable[[], Counts],
    mode: Mode,
    static: StaticFiles | None,
) -> Site:
    clock = asyncio.get_running_loop().time
    started = clock()
    sources = SiteSources(
        counts=counts,
        describe_health=mode.describe_health,
        check_credentials=listener.gate.check_credentials,
        uptime=lambda: clock() - started,
        mode=name,
    )
    return Site(sources, static)


def _share(listener: Listener, worker: Worker) -> Callable[[], Counts]:
    """Let the other workers know the counts, and make what gives those of all."""
    loop = asyncio.get_running_loop()

    def publish() -> None:
        worker.counts.publish(worker.number, listener.count())
        loop.call_later(_PUBLISHING_INTERVAL, publish)

    publish()
    listener.quota.share(
        publish=partial(worker.connections.publish, worker.number),
        count_others=partial(worker.connections.add_others, worker.number),
    )
    return lambda: worker.counts.add_others(worker.number, listener.count())


def _stop_with_parent(loop: asyncio.AbstractEventLoop, life: int, stop: Stop) -> None:
    """Stop, since the parent is gone: whoever ended it can't reach the workers."""
    loop.remove_reader(life)
    stop.receive(signal.SIGTERM)


def announce(plan: ServePlan, urls: list[str], note: Note) -> None:
    """Say where it listens, and how a client gets there."""
    write_stdout("".join(f"{url}\n" for url in urls))
    way = describe_way(urls[0], ca_path=plan.ca_path)
    if way is not None:
        note(way)
