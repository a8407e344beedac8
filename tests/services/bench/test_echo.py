"""Round trips in a closed loop."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import Stopped
from wstool.services.bench import Supply
from wstool.wire.opcode import Opcode

from support.loads import make_load_on
from support.virtual import VirtualServer


@pytest.mark.parametrize(("connections", "depth"), [(1, 1), (5, 1), (2, 8)])
def test_round_trips(connections, depth):
    """So many messages are in flight, no more, and each takes as long as it takes."""
    outcome = make_load_on(
        VirtualServer(0.01), duration=1.0, connections=connections, depth=depth
    )

    rate = connections * depth / 0.01
    assert outcome.received == outcome.sent == pytest.approx(rate, rel=0.02)
    assert outcome.latency.minimum == pytest.approx(10e6, rel=0.02)
    assert outcome.latency.maximum == pytest.approx(10e6, rel=0.02)


def test_limit():
    """The count is that of all connections, exactly."""
    outcome = make_load_on(
        VirtualServer(0.001), duration=None, limit=1001, connections=7, depth=3
    )

    assert (outcome.sent, outcome.received, outcome.errors) == (1001, 1001, {})
    assert outcome.latency.count == 1001


def test_order_of_sizes():
    """Payloads go round, and each reply is compared with its own message."""
    supply = Supply(Opcode.TEXT, [b"a", b"bb", b"ccc"])
    server = VirtualServer(0.001)
    outcome = make_load_on(
        server, supply=supply, duration=None, limit=30, connections=2, depth=2
    )

    assert outcome.errors == {}
    sent = server.connections[0].sent
    assert sent[:4] == [b"a", b"bb", b"ccc", b"a"]


def test_replies_mixed():
    """With one message in flight a reply that differs stands out among good ones."""
    numbers = iter(range(1_000_000))
    server = VirtualServer(
        0.01, answer=lambda payloads: [b"no"] if next(numbers) % 10 == 5 else payloads
    )
    outcome = make_load_on(server, duration=1.0)

    assert outcome.received == outcome.sent == outcome.latency.count
    assert outcome.received == pytest.approx(100, abs=2)
    assert outcome.count("reply_differs") == 10


def test_reply_differs():
    """A reply that isn't its message is an error, unless any will do."""
    server = VirtualServer(0.001, answer=lambda payloads: [b"no"] * len(payloads))
    outcome = make_load_on(server, duration=None, limit=20)
    assert (outcome.received, outcome.count("reply_differs")) == (20, 20)

    outcome = make_load_on(server, duration=None, limit=20, any_reply=True)
    assert (outcome.received, outcome.errors) == (20, {})


def test_unexpected():
    """More messages than were sent are no replies."""
    server = VirtualServer(0.001, answer=lambda payloads: payloads * 3)
    outcome = make_load_on(server, duration=None, limit=10, any_reply=True)

    assert outcome.received == 30
    assert outcome.count("unexpected") == 20
    assert outcome.latency.count == 10


def test_replies_in_pieces():
    """Replies may come apart from how the messages went out."""
    held = []

    def answer(payloads):
        held.extend(payloads)
        half = held[: len(held) // 2 + 1]
        del held[: len(half)]
        return half

    server = VirtualServer(0.01, answer=answer)
    outcome = make_load_on(server, duration=1.0, depth=8, drain=0.1)

    assert outcome.received + outcome.count("unanswered") == outcome.sent
    assert outcome.latency.count == outcome.received


def test_drain():
    """What is on its way at the end is waited for, and counts."""
    outcome = make_load_on(VirtualServer(0.7), duration=1.0, connections=3, drain=5.0)

    assert (outcome.sent, outcome.received, outcome.errors) == (6, 6, {})
    assert outcome.samples[-1].measured == pytest.approx(1.0, rel=0.01)


def test_stopped():
    """What is on its way when the user stops is no error, and isn't waited for."""

    def meddle(stopped):
        reason = Stopped(2, "SIGINT")
        asyncio.get_running_loop().call_later(1.0, stopped.set_result, reason)

    outcome = make_load_on(VirtualServer(0.7), duration=60.0, meddle=meddle)

    assert (outcome.sent, outcome.received, outcome.errors) == (2, 1, {})
    assert outcome.samples[-1].end < 1.1


def test_connections_end():
    """When the last connection has ended, so has the run; why is told."""
    server = VirtualServer(0.01)

    def meddle(stopped):
        for number, seconds in ((0, 0.5), (1, 1.0)):
            asyncio.get_running_loop().call_later(
                seconds, lambda n=number: server.connections[n].end()
            )

    outcome = make_load_on(server, duration=60.0, connections=2, meddle=meddle)

    assert outcome.samples[-1].end < 2
    assert outcome.count("closed_early") == 2
    assert outcome.count("unanswered") == 2
    assert [fall.after for sample in outcome.samples for fall in sample.falls] == [
        pytest.approx(0.5, rel=0.01),
        pytest.approx(1.0, rel=0.01),
    ]
