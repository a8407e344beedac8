"""The clients of a comparison by virtual time, and a server that publishes to them."""

from __future__ import annotations

import asyncio
import re
import sys
from types import SimpleNamespace

from wstool.services.bench.mailbox import Forgotten, Mailbox
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Kind, Load
from wstool.services.bench.party import run_party
from wstool.services.bench.pollers import Pollers
from wstool.services.bench.stamp import make_stamp
from wstool.services.bench.subscribers import OpeningBytes, Subscribers
from wstool.wire.opcode import Opcode

from support.virtual import Outcome, VirtualServer, run_virtually


__all__ = ["RUN_ID", "VirtualPublisher", "make_versus_load", "poll", "subscribe"]

RUN_ID = b"abcdef01"
_TARGET = re.compile(rb"since=(\d+)(?:&wait=([\d.]+))?")


def make_versus_load(**options):
    """Make the load of a comparison: ten messages a second, unless told otherwise."""
    defaults = {"connections": 4, "limit": 20, "rate": 10.0, "drain": 1.0}
    options = {**defaults, **options}
    return Load(kind=Kind.FANOUT, publishers=0, duration=None, run_id=RUN_ID, **options)


class VirtualPublisher(VirtualServer):
    """Publish messages when they are due, both ways, a little time later."""

    def __init__(self, delay=0.001, *, change=None, limit=1 << 20):
        """
        Publish.

        Args:
            delay: Seconds that a message or a response takes.
            change: Makes payloads out of the number of a message and its payload.
            limit: Bytes that are kept for those who poll.
        """
        super().__init__(delay)
        self.change = change or (lambda number, payload: [payload])
        self.mailbox = Mailbox(Opcode.TEXT, limit=limit)
        self.https = []
        self.held = []
        self.targets = []
        self.times = []
        """Seconds after the start at which each poll came."""
        self.start = 0

    def begin(self, load, start):
        """Publish all messages of a load."""
        self.start = start
        loop = asyncio.get_running_loop()
        period = 1e9 / load.rate
        for number in range(load.limit):
            moment = start + int(number * period)
            payload = make_stamp(load.run_id, moment) + b"x" * 16
            loop.call_at(moment / 1e9, self.publish, self.change(number, payload))

    def publish(self, payloads):
        """Publish messages."""
        loop = asyncio.get_running_loop()
        self.mailbox.append(payloads)
        for connection in self.connections:
            connection.bytes_received += sum(2 + len(payload) for payload in payloads)
            loop.call_later(self.delay, self._answer, connection, Opcode.TEXT, payloads)
        held, self.held = self.held, []
        for http, since in held:
            self.give(http, since)

    async def dial(self, handler):
        """Open a connection that counts."""
        connection = await super().dial(handler)
        connection.bytes_sent = connection.bytes_received = 0
        connection.transport = make_transport(connection)
        return connection

    async def connect(self, handler):
        """Open a connection for requests."""
        self.https.append(VirtualHTTP(self, handler))
        return self.https[-1]

    def ask(self, http, data):
        """Answer a request after a while, or hold it."""
        loop = asyncio.get_running_loop()
        target = data.split()[1]
        self.targets.append(target)
        if target == b"/last":
            loop.call_later(self.delay, http.receive, 200, b"%d" % self.mailbox.last)
            return
        self.times.append(loop.time() - self.start / 1e9)
        match = _TARGET.search(target)
        since, wait = int(match[1]), float(match[2] or 0)
        if wait and since == self.mailbox.last:
            self.held.append((http, since))
            loop.call_later(wait, self.let_go, http, since)
        else:
            loop.call_later(self.delay, self.give, http, since)

    def give(self, http, since):
        """Give what came since a message."""
        try:
            http.receive(200, self.mailbox.read(since))
        except Forgotten:
            http.receive(410, b"gone")

    def let_go(self, http, since):
        """End the wait for a message."""
        if (http, since) in self.held:
            self.held.remove((http, since))
            http.receive(200, b"")


def make_transport(connection):
    """Make as much of a transport as is asked: a byte is a segment, as it were."""

    def getsockopt(level, name, size):
        counts = connection.bytes_sent, connection.bytes_received
        return bytes(size - 8) + b"".join(n.to_bytes(4, sys.byteorder) for n in counts)

    sock = SimpleNamespace(getsockopt=getsockopt)
    return SimpleNamespace(get_extra_info={"socket": sock}.get)


class VirtualHTTP:
    """A connection for requests to a virtual server."""

    def __init__(self, server, handler):
        self.server = server
        self.handler = handler
        self.is_waiting = False
        self.is_open = True
        self.bytes_sent = self.bytes_received = 0
        self.transport = make_transport(self)

    def request(self, data):
        """Give a request to the server."""
        assert not self.is_waiting
        self.is_waiting = True
        self.bytes_sent += len(data)
        self.server.ask(self, data)

    def receive(self, status, body):
        """Take a response with a head of 100 bytes."""
        if self.is_open:
            self.is_waiting = False
            self.bytes_received += 100 + len(body)
            self.handler.response_received(self, status, body)

    def lose(self, problem):
        """Lose the connection."""
        self.is_open = False
        self.handler.client_ended(self, problem)

    def close(self):
        """End the connection."""
        self.is_open = False


def subscribe(server, *, meddle=None, **options):
    """Let subscribers get all messages; give what came, and what it took."""
    load = make_versus_load(**options)

    def make(clock):
        opening = OpeningBytes()
        return Subscribers(load, Meter(), server.dial, opening, clock=clock)

    return _run(server, load, make, meddle)


def poll(server, polling, *, meddle=None, opcode=Opcode.TEXT, **options):
    """Let clients poll for all messages; see ``subscribe``."""
    load = make_versus_load(**options)

    def make(clock):
        return Pollers(
            load,
            Meter(),
            polling,
            opcode,
            connect=server.connect,
            make_request=lambda target: f"GET {target} HTTP/1.1\r\n\r\n".encode(),
            target="h:1",
            clock=clock,
        )

    return _run(server, load, make, meddle)


def _run(server, load, make, meddle):
    outcome = Outcome()
    carriages = []
    used = [0.0]

    def report(sample):
        """Take a sample, for a second of CPU."""
        outcome.add(sample)
        used[0] += 1.0

    async def run(clock):
        stopped = asyncio.get_running_loop().create_future()

        async def gate():
            start = clock() + 20_000_000
            server.begin(load, start)
            if meddle is not None:
                meddle(stopped)
            return start

        await run_party(
            make(clock),
            report=report,
            stopped=stopped,
            gate=gate,
            carried=carriages.append,
            cpu=lambda: clock() / 1e9 + used[0],
        )

    run_virtually(run)
    return outcome, carriages[0]
