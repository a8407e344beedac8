"""The open model: latency counts from when a message should have left."""

from __future__ import annotations

import asyncio

import pytest

from wstool.services.bench import Kind, Supply
from wstool.wire.opcode import Opcode

from support.loads import make_load_on
from support.virtual import VirtualServer


DELAY = 0.004
STALL = 0.5
PERIOD = 5.0


def stalled_percentile(percent):
    """
    Work out a percentile of a server that stands still a tenth of the time.

    Nine in ten messages take the delay; what arrives in a stall waits for its end,
    which is as likely to be near as far.
    """
    share = STALL / PERIOD
    tail = percent / 100 - (1 - share)
    return DELAY + max(tail, 0) / share * STALL


@pytest.mark.parametrize("delay", [0.005, 0.02, 1.5])
@pytest.mark.parametrize("connections", [1, 7])
def test_known_delay(delay, connections):
    """Every percentile is the delay of the server, within 5 percent."""
    outcome = make_load_on(
        VirtualServer(delay), rate=100.0, duration=2.0, connections=connections
    )

    assert (outcome.sent, outcome.received) == (200, 200)
    for percent in (0, 50, 99, 100):
        assert outcome.latency.percentile(percent) == pytest.approx(
            delay * 1e9, rel=0.05
        )
    assert outcome.errors == {}


def test_stalls_show():
    """A server that stalls 500 ms every 5 s can't hide it: percentiles are right."""
    server = VirtualServer(DELAY, stall=STALL, every=PERIOD)
    outcome = make_load_on(server, rate=100.0, duration=20.0, connections=4)

    for percent in (50, 85, 92, 95, 99):
        expected = stalled_percentile(percent) * 1e9
        assert outcome.latency.percentile(percent) == pytest.approx(expected, rel=0.05)


def test_stalls_hide_in_closed_loop():
    """
    The same server seen by a closed loop: the stall delays four messages of thousands.

    This is what the open model is for: 99 percent look like the delay, and the truth
    is more than a hundred times that.
    """
    server = VirtualServer(DELAY, stall=STALL, every=PERIOD)
    outcome = make_load_on(server, duration=20.0, connections=4)

    assert outcome.latency.percentile(99) == pytest.approx(DELAY * 1e9, rel=0.05)
    assert stalled_percentile(99) > 100 * DELAY


def test_rate():
    """A rate holds whatever the server does, and the count ends the run."""
    outcome = make_load_on(
        VirtualServer(0.3), rate=2_000.0, duration=None, limit=1000, connections=3
    )

    assert (outcome.sent, outcome.received) == (1000, 1000)
    assert outcome.samples[-1].measured == pytest.approx(0.8, rel=0.05)


def test_lag():
    """How late messages leave is measured too, since it counts as latency."""
    outcome = make_load_on(VirtualServer(0.01), rate=100.0, duration=2.0)

    assert outcome.lag.count == 200
    assert outcome.lag.maximum < 60_000


def test_unanswered():
    """What is never answered is an error, not left out."""
    outcome = make_load_on(
        VirtualServer(answer=lambda payloads: []), rate=100.0, duration=1.0, drain=0.5
    )

    assert (outcome.received, outcome.count("unanswered")) == (0, outcome.sent)


def test_connection_ends():
    """A connection that ends takes its messages with it: all are errors."""
    server = VirtualServer(0.05)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(1.0, lambda: server.connections[0].end())

    outcome = make_load_on(
        server, rate=100.0, duration=2.0, connections=2, meddle=meddle
    )

    assert outcome.count("closed_early") == 1
    assert outcome.count("unanswered") > 0
    total = outcome.received + outcome.count("unanswered") + outcome.count("unsent")
    assert total == pytest.approx(200, abs=1)


def test_paused():
    """While the server doesn't read nothing is piled up; later all of it is sent."""
    server = VirtualServer(0.001)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, pause)
        loop.call_later(1.0, resume)

    def pause():
        server.connections[0].writing_is_paused = True

    def resume():
        connection = server.connections[0]
        assert len(connection.sent) == pytest.approx(50, abs=2)
        connection.writing_is_paused = False
        connection.handler.writing_resumed(connection)

    outcome = make_load_on(server, rate=100.0, duration=2.0, meddle=meddle)

    assert (outcome.sent, outcome.received) == (200, 200)
    assert outcome.latency.maximum == pytest.approx(0.5e9, rel=0.02)


def test_never_read():
    """What could not leave by the end is an error."""
    server = VirtualServer(0.001)

    def pause():
        server.connections[0].writing_is_paused = True

    def meddle(stopped):
        asyncio.get_running_loop().call_later(0.5, pause)

    outcome = make_load_on(server, rate=100.0, duration=1.0, meddle=meddle)

    assert outcome.sent + outcome.count("unsent") == pytest.approx(100, abs=1)
    assert outcome.count("unsent") > 40


def test_send_at_rate():
    """Messages that want no reply are sent at a rate too."""
    outcome = make_load_on(
        VirtualServer(answer=lambda payloads: []),
        kind=Kind.SEND,
        rate=1000.0,
        duration=None,
        limit=700,
    )

    assert (outcome.sent, outcome.errors) == (700, {})
    assert outcome.samples[-1].measured == pytest.approx(0.7, rel=0.05)


def test_ring():
    """Connections begin one message apart, and each gets its own replies."""
    sizes = []

    class Listening(VirtualServer):
        """Keep what comes."""

        async def dial(self, handler):
            """Open a connection that is listened to."""
            connection = await super().dial(handler)
            send = connection.send

            def listen(opcode, payloads):
                sizes.append([len(payload) for payload in payloads])
                send(opcode, payloads)

            connection.send = listen
            return connection

    supply = Supply(Opcode.TEXT, [b"x" * size for size in (1, 2, 3, 4, 5)])
    outcome = make_load_on(
        Listening(DELAY), supply=supply, rate=100.0, duration=0.06, connections=3
    )

    assert sizes == [[1], [2], [3], [2], [3], [4]]
    assert (outcome.received, outcome.errors) == (6, {})


@pytest.mark.parametrize("order", [(0, 0, 2, 1, 0), (2, 5)])
def test_order(order):
    """Messages go on the connections that are given, in rounds, some of them twice."""
    server = VirtualServer(DELAY)
    outcome = make_load_on(
        server, rate=100.0, duration=0.2, connections=3, order=order, depth=1
    )

    assert (outcome.sent, outcome.received) == (20, 20)
    assert [len(connection.sent) for connection in server.connections] == [
        sum(order[number % len(order)] % 3 == index for number in range(20))
        for index in range(3)
    ]
    # Each reply counts from the moment of its own message.
    for percent in (0, 50, 100):
        assert outcome.latency.percentile(percent) == pytest.approx(
            DELAY * 1e9, rel=0.05
        )


def test_order_after_a_stall():
    """What has become due at once is sent on its connections, and counts from then."""
    server = VirtualServer(0.001)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, stall, loop)

    def stall(loop):
        loop.selector.now += 300_000_000

    outcome = make_load_on(
        server,
        rate=100.0,
        duration=1.0,
        connections=2,
        order=(0, 0, 0, 1),
        meddle=meddle,
    )

    assert [len(connection.sent) for connection in server.connections] == [75, 25]
    assert outcome.received == 100
    assert outcome.latency.maximum == pytest.approx(0.3e9, rel=0.05)
    assert outcome.latency.percentile(65) == pytest.approx(0.001e9, rel=0.1)
