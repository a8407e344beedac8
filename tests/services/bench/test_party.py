"""A party, from the opening to the last message."""

from __future__ import annotations

import socket

import pytest

from wstool.errors import ConnectFailed, Stopped
from wstool.services.bench.carrier import Polling

from support.parties import VirtualPublisher, poll, subscribe


def drop(*numbers):
    """Publish all but some messages."""
    return lambda number, payload: [] if number in numbers else [payload]


def test_samples():
    """What happens is reported all the time, and at the end how long it took."""
    outcome, _ = subscribe(VirtualPublisher())

    assert len(outcome.samples) == pytest.approx(1.9 / 0.25 + 2, abs=1)
    assert [s.measured is None for s in outcome.samples[-2:]] == [True, False]
    assert outcome.samples[0].open == 4


def test_cpu():
    """CPU counts from begin to end, without what the reports took."""
    _, carriage = subscribe(VirtualPublisher())

    # The clock stands for the CPU; the party begins 0.02 s before the first message.
    assert carriage.cpu == pytest.approx(1.92, abs=0.005)


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="only Linux tells")
def test_segments():
    """TCP segments count from begin to end; those of lost connections are unknown."""
    _, carriage = poll(VirtualPublisher(), Polling(0.1))
    assert carriage.segments == (carriage.bytes_sent, carriage.bytes_received)

    server = VirtualPublisher()

    def meddle(stopped):
        stopped.get_loop().call_later(1.0, server.https[0].lose, "it broke")

    _, carriage = poll(server, Polling(0.1), meddle=meddle)
    assert carriage.segments is None


@pytest.mark.parametrize("way", ["subscribe", "poll"])
def test_never_delivered(way):
    """What doesn't come within the time after the end is undelivered."""
    server = VirtualPublisher(change=drop(19))
    if way == "poll":
        outcome, _ = poll(server, Polling(0.5))
        wait, text = 1.5, "not within 1.5 s of the end"
    else:
        outcome, _ = subscribe(server)
        wait, text = 1.0, "not within 1 s of the end"

    assert (outcome.count("undelivered"), outcome.received) == (4, 76)
    assert outcome.errors["undelivered"].text == text
    assert outcome.samples[-1].measured == pytest.approx(2.0 + wait, abs=0.01)


def test_missed():
    """A message that a later one overtakes is missed at once."""
    outcome, _ = subscribe(VirtualPublisher(change=drop(3, 4)))

    assert (outcome.count("missed"), outcome.received) == (8, 72)
    assert outcome.samples[-1].measured == pytest.approx(1.9, abs=0.01)


def test_stopped():
    """Whoever stops it has what was measured, and what is on its way is no error."""
    reason = Stopped(2, "SIGINT")

    def meddle(stopped):
        loop = stopped.get_loop()
        loop.call_later(1.0, stopped.set_result, reason)

    outcome, carriage = subscribe(VirtualPublisher(), meddle=meddle)
    assert outcome.errors == {}
    assert outcome.received == pytest.approx(40, abs=4)
    assert carriage.cpu == pytest.approx(1.0, abs=0.05)


def test_one_not_opened():
    """A client without a connection misses everything; the others go on."""
    server = VirtualPublisher()
    dial = server.dial
    problems = [ConnectFailed("h:1", "no")]

    async def dial_badly(handler):
        if problems:
            raise problems.pop()
        return await dial(handler)

    server.dial = dial_badly
    outcome, _ = subscribe(server)
    assert outcome.errors["undelivered"] == (20, "there was no connection")
    assert (outcome.count("connect_failed"), outcome.received) == (1, 60)


def test_none_opened():
    """Without any connection there is nothing to measure."""
    server = VirtualPublisher()

    async def dial_badly(handler):
        raise ConnectFailed("h:1", "no")

    server.dial = dial_badly
    with pytest.raises(ConnectFailed):
        subscribe(server)
