"""
A loop with a time of its own, and servers that take exactly as long as they are told.

Time passes only while nothing is left to do, and a little on each turn; so hours take
no time, and what is measured doesn't depend on the machine.
"""

from __future__ import annotations

import asyncio
import selectors
from types import SimpleNamespace

from wstool.connection.handler import Ending
from wstool.measure.histogram import Histogram
from wstool.services.bench.meter import Failure
from wstool.wire.close import Close


__all__ = ["Outcome", "VirtualServer", "run_virtually"]

TURN = 20_000
"""Nanoseconds that a turn of the loop takes."""


class _Selector(selectors.SelectSelector):
    """Let the time pass that would be waited for."""

    def __init__(self):
        super().__init__()
        self.now = 0

    def select(self, timeout=None):
        """Wait for nothing."""
        if timeout is None:
            raise AssertionError("nothing is due, and nothing will come")
        self.now += max(int(timeout * 1e9), TURN)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop by that time."""

    def __init__(self):
        self.selector = _Selector()
        super().__init__(self.selector)

    def time(self):
        """Tell the time in seconds."""
        return self.selector.now / 1e9

    def clock(self):
        """Tell the time in nanoseconds."""
        return self.selector.now


def run_virtually(make):
    """Run what is made with a loop's clock."""

    async def run():
        return await make(asyncio.get_running_loop().clock)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run())


class VirtualConnection:
    """A connection to a virtual server."""

    def __init__(self, server, handler):
        self.server = server
        self.handler = handler
        self.endpoint = SimpleNamespace(plain_size=0)
        self.transport = SimpleNamespace(get_extra_info=lambda name: None)
        self.is_open = True
        self.writing_is_paused = False
        self.sent = []

    def send(self, opcode, payloads):
        """Give messages to the server."""
        if self.is_open:
            self.sent += payloads
            self.server.take(self, opcode, list(payloads))

    def pending_bytes(self):
        """Tell that everything is taken."""
        return 0

    def close(self, close):
        """Close with an answer in the next turn."""
        if self.is_open:
            self.end(Ending(None, close, close))

    def end(self, ending=Ending(None, Close(1000), Close(1000), True)):  # noqa: B008
        """End, as the peer wants it."""
        self.is_open = False
        loop = asyncio.get_running_loop()
        loop.call_soon(self.handler.connection_ended, self, ending)

    def abort(self):
        """End at once."""
        self.is_open = False


class VirtualServer:
    """A server that answers after a delay, and not at all while it stalls."""

    def __init__(self, delay=0.0, *, stall=0.0, every=0.0, answer=None, dialing=0.0):
        """
        Serve.

        Args:
            delay: Seconds from a message to its reply.
            stall: Seconds that it stands still, at the end of each period.
            every: Seconds of a period.
            answer: Makes payloads out of payloads; None for an echo.
            dialing: Seconds that an opening handshake takes.
        """
        self.delay = delay
        self.stall = stall
        self.every = every
        self.answer = answer or (lambda payloads: payloads)
        self.dialing = dialing
        self.connections = []

    async def dial(self, handler):
        """Open a connection."""
        await asyncio.sleep(self.dialing)
        connection = VirtualConnection(self, handler)
        self.connections.append(connection)
        return connection

    def take(self, connection, opcode, payloads):
        """Take messages."""
        loop = asyncio.get_running_loop()
        at = loop.time() + self.delay
        if self.every and at % self.every > self.every - self.stall:
            at = (at // self.every + 1) * self.every
        loop.call_at(at, self._answer, connection, opcode, payloads)

    def _answer(self, connection, opcode, payloads):
        replies = self.answer(payloads)
        if connection.is_open and replies:
            connection.handler.batch_received(connection, opcode, replies)


class Outcome:
    """All samples of a run, added."""

    def __init__(self):
        self.samples = []
        self.latency, self.lag = Histogram(), Histogram()
        self.sent = self.received = 0
        self.errors = {}

    def add(self, sample):
        """Add a sample."""
        self.samples.append(sample)
        self.sent += sample.sent
        self.received += sample.received
        self.latency.add_counts(sample.latency)
        self.lag.add_counts(sample.lag)
        for kind, failure in sample.errors.items():
            times = self.errors.get(kind, Failure(0, "")).times
            self.errors[kind] = Failure(times + failure.times, failure.text)

    def count(self, kind):
        """Count errors of a kind."""
        return self.errors.get(kind, Failure(0, "")).times
