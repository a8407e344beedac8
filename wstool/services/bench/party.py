"""The clients of a comparison, whatever carries the messages to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from wstool.connection.segments import Segments, sum_segments
from wstool.connection.waiting import first_of, run_unless
from wstool.errors import WstoolError
from wstool.services.bench.carrier import Carriage
from wstool.services.bench.deliveries import Deliveries
from wstool.services.bench.handshakes import open_each
from wstool.services.bench.meter import SAMPLE_INTERVAL, Meter, Sample
from wstool.services.bench.options import Load


__all__ = ["Party", "run_party"]


class Party:
    """
    Clients that are to get the same messages.

    They are opened, begin together, and have finished when all have everything.
    """

    def __init__(
        self, load: Load, meter: Meter, *, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """
        Prepare.

        Args:
            load: Has a rate and a limit.
            clock: Nanoseconds, the same in all processes of a machine.
        """
        self.load = load
        self.meter = meter
        self.clock = clock
        self.deliveries = Deliveries(load, meter)
        self.start: int | None = None
        """When it began, by the clock; None before."""
        self.missing = self.deliveries.count * load.connections
        """Deliveries that are still to come."""
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Is done when nothing is missing, or nobody is left to get it."""

    @property
    def patience(self) -> float:
        """Seconds that what was published last may take."""
        return self.load.drain

    def seconds(self) -> float:
        """Tell how many seconds have passed since the start."""
        return 0.0 if self.start is None else max(self.clock() - self.start, 0) / 1e9

    async def open(self) -> None:
        """
        Open the connections, a few at a time; some may fail, but not all.

        Raises:
            WstoolError: If none can be opened.
        """
        errors = await open_each(
            self.open_one,
            self.load.connections,
            opened=self._count_open,
            at_once=self.load.dialing,
            meter=self.meter,
            clock=self.clock,
        )
        for _ in errors:
            self.lose(0, "there was no connection")
        if errors and not self.meter.opened:
            raise errors[0]

    def begin(self, start: int) -> None:
        """Begin to measure."""
        self.start = start
        self.deliveries.begin(start)

    def take(self, position: int, payloads: list[bytes]) -> int:
        """Take messages that reach a client; give how many it has then."""
        after = self.deliveries.take(position, payloads, self.clock())
        self._advance(after - position)
        return after

    def lose(self, position: int, problem: str) -> None:
        """Count what a client doesn't get any more that has so many messages."""
        lost = self.deliveries.count - position
        self.meter.fail("undelivered", problem, lost)
        self._advance(lost)

    def count_segments(self) -> Segments | None:
        """Count the TCP segments of the open connections; None where unknown."""
        return sum_segments(self.list_transports())

    def _count_open(self, _: None) -> None:
        self.meter.open += 1

    def _advance(self, number: int) -> None:
        self.missing -= number
        if self.missing <= 0 and not self.finished.done():
            self.finished.set_result(None)

    # What carriers do differently.

    async def open_one(self) -> None:
        """
        Open the connection of the next client.

        Raises:
            WstoolError: If that fails.
        """
        raise NotImplementedError

    def list_transports(self) -> Sequence[asyncio.BaseTransport]:
        """List the transports of the open connections."""
        raise NotImplementedError

    def count(self) -> Carriage:
        """Count what it took so far."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the connections in good order."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the connections at once."""
        raise NotImplementedError


async def run_party(
    party: Party,
    *,
    report: Callable[[Sample], None],
    stopped: asyncio.Future[WstoolError],
    gate: Callable[[], Awaitable[int]],
    carried: Callable[[Carriage], None],
    cpu: Callable[[], float] = time.process_time,
) -> None:
    """
    Let a party get all messages.

    Args:
        report: Takes what happened, a few times a second.
        stopped: Ends it early, with all that was measured.
        gate: Is awaited when the connections are open; gives the time to begin at.
        carried: Takes what it took, as soon as it is over, and before the closing.
        cpu: Tells the seconds of CPU that this process has taken.

    Raises:
        WstoolError: If no connection could be opened at all, or it is stopped before
            it begins.
    """
    reporter = _Reporter(party, report, cpu)
    try:
        await run_unless(party.open(), stopped)
        start = await run_unless(gate(), stopped)
        # Before it's time: whoever publishes may be awake a moment earlier.
        opened, used = party.count_segments(), cpu()
        number = len(party.list_transports())
        party.begin(start)
        reporter.begin()
        await _wait_for_all(party, stopped)
        reporter.end()
        carriage = party.count()._replace(cpu=cpu() - used - reporter.used)
        if len(party.list_transports()) == number:
            # What a connection took that is gone nobody knows.
            segments = _subtract(party.count_segments(), opened)
            carriage = carriage._replace(segments=segments)
        seconds = party.seconds()
        report(party.meter.take(seconds))
        report(party.meter.take(seconds, seconds))
        carried(carriage)
        if not stopped.done():
            await run_unless(party.close(), stopped)
    finally:
        reporter.end()
        party.abort()


class _Reporter:
    """Report what happened, a few times a second."""

    def __init__(
        self,
        party: Party,
        report: Callable[[Sample], None],
        cpu: Callable[[], float],
    ) -> None:
        self._party = party
        self._report = report
        self._cpu = cpu
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.used = 0.0
        """Seconds of CPU that this took: at low rates more than all the messages."""

    def begin(self) -> None:
        """Begin to report."""
        self._timer = self._loop.call_later(SAMPLE_INTERVAL, self._sample)

    def end(self) -> None:
        """Report nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _sample(self) -> None:
        before = self._cpu()
        self._report(self._party.meter.take(self._party.seconds()))
        self.begin()
        self.used += self._cpu() - before


async def _wait_for_all(party: Party, stopped: asyncio.Future[WstoolError]) -> None:
    """Wait until nothing is missing; what doesn't come in time is an error."""
    loop = asyncio.get_running_loop()
    late: asyncio.Future[None] = loop.create_future()
    length = party.deliveries.count / (party.load.rate or 1.0)
    start = (party.start or 0) - party.clock()
    wait = start / 1e9 + length + party.patience
    timer = loop.call_later(wait, late.set_result, None)
    try:
        await first_of(party.finished, late, stopped)
    finally:
        timer.cancel()
    if not party.finished.done() and not stopped.done():
        text = f"not within {party.patience:g} s of the end"
        party.meter.fail("undelivered", text, party.missing)


def _subtract(after: Segments | None, before: Segments | None) -> Segments | None:
    if after is None or before is None:
        return None
    return Segments(after.sent - before.sent, after.received - before.received)
