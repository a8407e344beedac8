"""A run of a load: open, begin together, measure, wait for the rest, close."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from wstool.connection.waiting import first_of, run_unless
from wstool.errors import WstoolError
from wstool.services.bench.driver import Driver
from wstool.services.bench.express import ExpressEcho
from wstool.services.bench.fanout import Fanout
from wstool.services.bench.handshakes import (
    Dial,
    connect_over_and_over,
    open_connections,
)
from wstool.services.bench.meter import SAMPLE_INTERVAL, Meter, Sample
from wstool.services.bench.options import Kind, Load
from wstool.services.bench.paced import Paced
from wstool.services.bench.stream import Idle, Receive, Send
from wstool.services.bench.supply import Supply


__all__ = ["Gate", "run_load"]

Gate = Callable[[], Awaitable[int]]
"""Waits until all processes are ready; gives the clock's time to begin at."""


class _Maker(Protocol):
    """Makes a driver."""

    def __call__(
        self, load: Load, supply: Supply, meter: Meter, /, *, clock: Callable[[], int]
    ) -> Driver: ...


_DRIVERS: dict[Kind, _Maker] = {
    Kind.ECHO: ExpressEcho,
    Kind.SEND: Send,
    Kind.RECEIVE: Receive,
    Kind.FANOUT: Fanout,
    Kind.CONNECT: Driver,
    Kind.IDLE: Idle,
}
_PACED = (Kind.ECHO, Kind.SEND)
# At a low rate, silence lasts for a few messages before it means anything.
_FEW = 10


async def run_load(
    load: Load,
    supply: Supply,
    dial: Dial,
    *,
    report: Callable[[Sample], None],
    stopped: asyncio.Future[WstoolError],
    gate: Gate | None = None,
    clock: Callable[[], int] = time.monotonic_ns,
) -> None:
    """
    Make a load on the running loop.

    Args:
        dial: Opens a connection.
        report: Takes what happened, a few times a second; the last sample says how
            long was measured.
        stopped: Ends it early, with all that was measured.
        gate: Is awaited when the connections are open; None to begin at once.

    Raises:
        WstoolError: If no connection could be opened at all.
    """
    meter = Meter()
    make = _choose_driver(load)
    run = _Run(make(load, supply, meter, clock=clock), dial, report, stopped)
    try:
        await run.open()
        await run.begin(gate)
        await run.measure()
        await run.finish()
    finally:
        run.end()


def _choose_driver(load: Load) -> _Maker:
    if load.rate is not None and load.kind in _PACED:
        return Paced
    return _DRIVERS[load.kind]


class _Run:
    """The phases of a run."""

    def __init__(
        self,
        driver: Driver,
        dial: Dial,
        report: Callable[[Sample], None],
        stopped: asyncio.Future[WstoolError],
    ) -> None:
        self._driver = driver
        self._load = load = driver.load
        self._dial = dial
        self._report = report
        self._stopped = stopped
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[WstoolError | None] | None = None
        self._has_reported = False
        self._active = 0.0
        self._patience = max(load.patience, _FEW / load.rate if load.rate else 0.0)

    async def open(self) -> None:
        """Open the connections; some may fail, but not all."""
        load = self._load
        if load.kind is Kind.CONNECT:
            return
        count = load.connections
        if load.kind is Kind.FANOUT:
            count += load.publishers
        opening = open_connections(self._driver, self._dial, count)
        errors = await run_unless(opening, self._stopped)
        if errors and not self._driver.connections:
            raise errors[0]

    async def begin(self, gate: Gate | None) -> None:
        """Begin when all are ready."""
        driver = self._driver
        if gate is None:
            start = driver.clock()
        else:
            start = await run_unless(gate(), self._stopped)
            pause = (start - driver.clock()) / 1e9
            if pause > 0:
                await run_unless(asyncio.sleep(pause), self._stopped)
        driver.begin(start)
        if self._load.kind is Kind.CONNECT:
            work = connect_over_and_over(driver, self._dial)
            self._work = asyncio.ensure_future(work)
        self._timer = self._loop.call_later(SAMPLE_INTERVAL, self._sample)

    async def measure(self) -> None:
        """Wait for the limit."""
        driver = self._driver
        timer = None
        if self._load.duration is not None:
            left = self._load.duration - driver.seconds()
            timer = self._loop.call_later(max(left, 0.0), driver.finish)
        if not driver.connections and self._load.kind is not Kind.CONNECT:
            driver.finish()
        await first_of(driver.finished, self._stopped)
        if timer is not None:
            timer.cancel()

    async def finish(self) -> None:
        """
        Wait for what is on its way, close, and report the rest.

        Raises:
            WstoolError: If no handshake came about.
        """
        driver, load = self._driver, self._load
        measured = driver.seconds()
        driver.stop()
        self._report(driver.meter.take(measured))
        if self._work is not None:
            await first_of(self._work, self._stopped)
        if not self._stopped.done():
            late = self._loop.create_future()
            timer = self._loop.call_later(load.drain, late.set_result, None)
            await first_of(driver.settled, late, self._stopped)
            timer.cancel()
        if not self._stopped.done():
            # What is on its way when the user stops is no error.
            waiting = driver.count_waiting()
            kind = "undelivered" if load.kind is Kind.FANOUT else "unanswered"
            driver.meter.fail(kind, f"not within {load.drain:g} s of the end", waiting)
        driver.close()
        await driver.emptied
        if load.kind is Kind.SEND:
            # Only now is it known that the server has read it all.
            measured = driver.seconds()
        self._has_reported = True
        self._report(driver.meter.take(driver.seconds(), measured))
        if self._work is not None and self._work.done() and not self._stopped.done():
            error = self._work.result()
            if error is not None:
                raise error

    def end(self) -> None:
        """End whatever is left, after an error, and report what there is."""
        if not self._has_reported:
            driver = self._driver
            seconds = driver.seconds()
            self._report(driver.meter.take(seconds, seconds))
        if self._timer is not None:
            self._timer.cancel()
        if self._work is not None:
            self._work.cancel()
        for connection in list(self._driver.connections):
            connection.abort()

    def _sample(self) -> None:
        driver = self._driver
        self._timer = self._loop.call_later(SAMPLE_INTERVAL, self._sample)
        sample = driver.meter.take(driver.seconds())
        self._report(sample)
        if self._load.duration is None and self._load.limit is not None:
            self._check_silence(sample)

    def _check_silence(self, sample: Sample) -> None:
        """End if nothing has happened for long, and nothing else would end it."""
        if sample.sent or sample.received or sample.errors:
            self._active = sample.end
            return
        driver = self._driver
        if sample.end - self._active > self._patience and not driver.finished.done():
            driver.meter.fail("stalled", f"nothing for {self._patience:g} s")
            driver.finish()
