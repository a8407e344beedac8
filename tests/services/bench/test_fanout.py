"""Publishers and subscribers."""

from __future__ import annotations

import asyncio

import pytest

from wstool.services.bench import STAMP_SIZE, Kind, Supply
from wstool.services.bench.publication import Publication
from wstool.wire.opcode import Opcode

from support.loads import make_load_on
from support.virtual import VirtualServer


class Broadcaster(VirtualServer):
    """Deliver every message to all others, some of them later, or twice, or never."""

    def __init__(self, delay, *, times=1, slower=0.0, foreign=()):
        super().__init__(delay)
        self.times = times
        self.slower = slower
        self.foreign = list(foreign)

    def take(self, connection, opcode, payloads):
        """Take messages of a publisher."""
        loop = asyncio.get_running_loop()
        others = [other for other in self.connections if other is not connection]
        for number, other in enumerate(others):
            delay = self.delay + number * self.slower
            batch = self.foreign + payloads * self.times
            if batch:
                loop.call_later(delay, self._answer, other, opcode, batch)


def fan_out(server, **options):
    """Make a load of that kind."""
    return make_load_on(server, kind=Kind.FANOUT, run_id=b"abcdef01", **options)


def test_closed():
    """A message is published when the last one has reached all subscribers."""
    outcome = fan_out(
        Broadcaster(0.01), connections=5, duration=None, limit=20, depth=1
    )

    assert (outcome.sent, outcome.received, outcome.errors) == (20, 100, {})
    assert outcome.latency.count == 100
    assert outcome.latency.percentile(50) == pytest.approx(10e6, rel=0.02)
    assert outcome.samples[-1].measured == pytest.approx(0.2, rel=0.05)


def test_open():
    """At a rate, each subscriber's latency is its own."""
    server = Broadcaster(0.01, slower=0.01)
    outcome = fan_out(server, connections=3, duration=1.0, rate=100.0, publishers=1)

    assert outcome.received == 3 * outcome.sent == pytest.approx(300, abs=3)
    for percent, delay in ((10, 10e6), (50, 20e6), (100, 30e6)):
        assert outcome.latency.percentile(percent) == pytest.approx(delay, rel=0.05)


def test_publishers():
    """Publishers take turns, and don't count as subscribers."""
    server = Broadcaster(0.001)
    outcome = fan_out(
        server, connections=2, publishers=2, duration=None, limit=10, depth=1
    )

    assert outcome.received == 20
    assert [len(connection.sent) for connection in server.connections] == [5, 5, 0, 0]


def test_stamp():
    """A message has its size, with run and time in front."""
    supply = Supply(Opcode.TEXT, [b"x" * 40])
    server = Broadcaster(0.001)
    fan_out(server, supply=supply, duration=None, limit=1)

    (message,) = server.connections[0].sent
    assert len(message) == 40
    assert message.startswith(b"abcdef01")
    assert message[STAMP_SIZE:] == b"x" * 16
    int(message[8:STAMP_SIZE], 16)


def test_undelivered():
    """What doesn't reach a subscriber is an error."""
    outcome = fan_out(
        Broadcaster(0.01, times=0), connections=3, duration=1.0, rate=10.0, drain=0.5
    )

    assert outcome.received == 0
    assert outcome.count("undelivered") == 3 * outcome.sent


def test_duplicates():
    """What reaches a subscriber twice is one, too."""
    outcome = fan_out(
        Broadcaster(0.01, times=2), connections=2, duration=None, limit=5, depth=1
    )

    assert outcome.count("duplicate") == 10


@pytest.mark.parametrize(
    "message", [b"hello", b"abcdef01", b"abcdef01not a time, not a", b"00000000" * 3]
)
def test_foreign(message):
    """Messages of others are told apart."""
    outcome = fan_out(
        Broadcaster(0.01, foreign=[message]), duration=None, limit=4, depth=1
    )

    assert (outcome.received, outcome.count("unexpected")) == (4, 4)


def test_subscriber_ends():
    """A subscriber that falls takes its deliveries with it, and the others go on."""
    server = Broadcaster(0.1)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(0.55, lambda: server.connections[1].end())

    outcome = fan_out(server, connections=2, duration=2.0, rate=10.0, meddle=meddle)

    assert outcome.count("closed_early") == 1
    assert outcome.count("undelivered") == 1
    assert outcome.sent == pytest.approx(20, abs=1)


def test_publisher_ends():
    """Without a publisher there is nothing more to do."""
    server = Broadcaster(0.1)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, lambda: server.connections[0].end())

    outcome = fan_out(server, connections=2, duration=60.0, rate=10.0, meddle=meddle)

    assert outcome.samples[-1].end < 2


def test_closed_subscriber_ends():
    """Who falls keeps nobody waiting: the others get the next message."""
    server = Broadcaster(0.1, slower=0.2)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        # The first subscriber has what was published, the second has not.
        loop.call_later(0.2, lambda: server.connections[2].end())

    outcome = fan_out(
        server, connections=2, duration=None, limit=3, depth=1, meddle=meddle
    )

    assert (outcome.sent, outcome.received) == (3, 3)
    assert outcome.count("undelivered") == 1


@pytest.mark.parametrize("times, duplicates", [(1, 0), (2, 20)])
def test_published_elsewhere(times, duplicates):
    """Subscribers know what publishers in another process have sent."""
    publication = Publication()
    server = Broadcaster(0.01, times=times)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        for number in range(10):
            loop.call_later(0.1 + 0.1 * number, publish)
        loop.call_later(2.0, publication.end)

    def publish():
        publication.add()
        message = b"abcdef01%016x" % round(asyncio.get_running_loop().time() * 1e9)
        server.take(None, Opcode.TEXT, [message])

    outcome = fan_out(
        server,
        connections=2,
        publishers=0,
        duration=None,
        publication=publication,
        meddle=meddle,
    )

    assert (outcome.sent, outcome.received) == (0, 20 * times)
    assert outcome.count("duplicate") == duplicates
    assert outcome.count("undelivered") == 0


def test_missing_from_elsewhere():
    """What was published elsewhere, and doesn't come, is missed."""
    publication = Publication()

    def meddle(stopped):
        publication.add()
        publication.end()

    outcome = fan_out(
        Broadcaster(0.01),
        connections=3,
        publishers=0,
        duration=1.0,
        drain=0.5,
        publication=publication,
        meddle=meddle,
    )

    assert outcome.count("undelivered") == 3


def test_published_before():
    """What another process publishes before this one has begun counts, too."""
    publication = Publication()
    server = Broadcaster(0.01)

    async def publish_first():
        publication.add()
        message = b"abcdef01%016x" % 0
        for connection in server.connections:
            server._answer(connection, Opcode.TEXT, [message])
        publication.end()
        return 50_000_000

    outcome = fan_out(
        server,
        connections=3,
        publishers=0,
        duration=1.0,
        publication=publication,
        gate=publish_first,
    )

    assert outcome.received == 3
    assert outcome.errors == {}
