"""Opening connections, and opening them over and over."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import ConnectFailed
from wstool.services.bench import Kind

from support.loads import make_load_on
from support.virtual import VirtualServer


class Flaky(VirtualServer):
    """Refuse some connections, and count how many are being opened at a time."""

    def __init__(self, *, refuses, **options):
        super().__init__(**options)
        self.refuses = refuses
        self.number = self.now = self.most = 0

    async def dial(self, handler):
        """Refuse, or open."""
        self.number += 1
        number = self.number
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        if self.refuses(number):
            raise ConnectFailed("h", "connection refused")
        return await super().dial(handler)


def test_a_few_at_a_time():
    """Only so many are being opened at a time, and all are opened."""
    server = Flaky(refuses=lambda number: False)
    make_load_on(server, kind=Kind.IDLE, duration=0.1, connections=50, dialing=7)

    assert (server.number, server.most, len(server.connections)) == (50, 7, 50)


def test_some_fail():
    """Those that can't be opened are errors, and the others do the work."""
    server = Flaky(refuses=lambda number: number % 2 == 0)
    outcome = make_load_on(server, duration=None, limit=20, connections=10)

    assert outcome.received == 20
    assert outcome.errors["connect_failed"] == (
        5,
        "can't connect to h: connection refused",
    )


def test_all_fail():
    """If none can be opened, that is raised."""
    with pytest.raises(ConnectFailed):
        make_load_on(Flaky(refuses=lambda number: True), connections=3)


def test_over_and_over():
    """Handshakes follow one another on each lane; each is timed."""
    outcome = make_load_on(
        VirtualServer(dialing=0.02), kind=Kind.CONNECT, connections=2, duration=1.0
    )

    assert outcome.received == pytest.approx(100, abs=4)
    assert outcome.latency.percentile(50) == pytest.approx(20e6, rel=0.02)


def test_over_and_over_failing():
    """Handshakes that fail are errors, and the next one follows."""
    server = Flaky(refuses=lambda number: number % 4 == 0)
    outcome = make_load_on(server, kind=Kind.CONNECT, duration=None, limit=40)

    assert (outcome.received, outcome.count("connect_failed")) == (30, 10)


def test_over_and_over_in_vain():
    """If no handshake comes about, the first error is raised."""
    with pytest.raises(ConnectFailed):
        make_load_on(
            Flaky(refuses=lambda number: True),
            kind=Kind.CONNECT,
            connections=3,
            duration=1.0,
        )


def test_rate():
    """At a rate, a handshake that has to wait counts with its wait."""
    outcome = make_load_on(
        VirtualServer(dialing=0.02),
        kind=Kind.CONNECT,
        connections=1,
        rate=100.0,
        duration=None,
        limit=10,
    )

    # Each takes 20 ms and the next one is due after 10: the last has waited for 90.
    assert outcome.latency.maximum == pytest.approx(110e6, rel=0.05)
