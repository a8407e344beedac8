"""Clients that ask for messages."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import ConnectFailed, TimedOut
from wstool.services.bench.carrier import Polling

from support.parties import VirtualPublisher, poll


def test_latency():
    """Polling adds half its interval in the mean, and its interval at most."""
    outcome, _ = poll(VirtualPublisher(0.0), Polling(1.0), connections=10, limit=100)

    assert (outcome.received, outcome.errors) == (1000, {})
    assert outcome.latency.mean == pytest.approx(0.5e9, rel=0.01)
    assert 0.95e9 < outcome.latency.maximum <= 1.0e9


def test_requests():
    """Each client polls once an interval, spread evenly, until it has everything."""
    server = VirtualPublisher()
    outcome, carriage = poll(server, Polling(0.5), connections=5, limit=20)

    # Message 20 is due after 1.9 s: the polls of 1.55 to 1.95 s may miss it.
    polls = server.targets[5:]
    assert carriage.requests == len(polls)
    assert 5 * 4 <= len(polls) <= 5 * 5
    assert outcome.samples[-1].measured <= 1.9 + 0.5 + 0.01
    assert polls[0] == b"/messages?since=0"


def test_spread():
    """No poll comes before the start, and they are spread over the interval."""
    server = VirtualPublisher()
    poll(server, Polling(0.02), connections=4, limit=4)

    due = [0.005 * (number + 0.5) for number in range(len(server.times))]
    assert server.times == pytest.approx(due, abs=0.001)


def test_together():
    """Polls that are due within a millisecond go together: who waits uses no CPU."""
    server = VirtualPublisher()
    poll(server, Polling(0.02), connections=100, limit=2)

    assert len(server.times) > 500
    assert len(set(server.times)) <= max(server.times) / 0.001 + 1


def test_bytes():
    """Requests and responses count with their heads, empty ones too."""
    _, carriage = poll(VirtualPublisher(), Polling(0.02), connections=1, limit=4)

    asked = carriage.requests
    assert carriage.empty == asked - 4
    assert carriage.bytes_received == 100 * asked + 4 * (40 + 1)
    assert carriage.bytes_sent == asked * len(b"GET /messages?since=0 HTTP/1.1\r\n\r\n")
    assert carriage.opening_bytes == len(b"GET /last HTTP/1.1\r\n\r\n") + 101


def test_long_polling():
    """A long poll is answered when there is something, and the next one follows."""
    server = VirtualPublisher(0.001)
    outcome, carriage = poll(server, Polling(None, 25.0), connections=3)

    assert (outcome.received, outcome.errors) == (60, {})
    assert outcome.latency.maximum < 2e6
    assert (carriage.requests, carriage.empty) == (60, 0)
    assert b"/messages?since=0&wait=25" in server.targets


def test_long_polling_for_nothing():
    """Where nothing comes in time, the next poll follows an empty answer."""
    outcome, carriage = poll(
        VirtualPublisher(), Polling(None, 2.0), connections=1, limit=2, rate=0.1
    )

    assert outcome.received == 2
    assert carriage.empty == 4


def test_earlier_messages():
    """What was published before is none of it."""
    server = VirtualPublisher()
    server.mailbox.append([b"of someone else"] * 7)
    outcome, _ = poll(server, Polling(0.1))

    assert (outcome.received, outcome.errors) == (80, {})
    assert b"/messages?since=7" in server.targets


def test_slow_server():
    """A poll that is due while the last one is unanswered waits for it."""
    server = VirtualPublisher(0.35)
    outcome, carriage = poll(server, Polling(0.1), connections=1)

    assert (outcome.received, outcome.errors) == (20, {})
    # The first is due after half an interval, the others when the last is answered.
    assert server.times == pytest.approx(
        [0.05 + 0.35 * number for number in range(carriage.requests)], abs=0.002
    )


def test_slow_poller():
    """Messages that the server has forgotten are undelivered, with its answer."""
    server = VirtualPublisher(limit=300)
    outcome, _ = poll(server, Polling(1.5), connections=1, limit=20)

    assert outcome.count("http_410") == 1
    assert outcome.count("undelivered") == 20
    assert outcome.errors["http_410"].text == "a poll was answered with 410: gone"


def test_connection_ends():
    """A connection that ends is told, and what its client misses."""
    server = VirtualPublisher()

    def meddle(stopped):
        asyncio.get_running_loop().call_later(1.0, server.https[0].lose, "it broke")

    outcome, _ = poll(server, Polling(0.1), meddle=meddle)
    assert outcome.errors["connection_lost"].text == "it broke"
    assert outcome.count("undelivered") == pytest.approx(10, abs=2)
    assert outcome.received + outcome.count("undelivered") == 80


def test_cut_off():
    """A response whose last line has no end is an error."""
    server = VirtualPublisher()
    server.mailbox.read = lambda since: b"half a mess"
    outcome, _ = poll(server, Polling(0.1), connections=1)

    assert outcome.errors["undelivered"].text == (
        "a response isn't whole: the last line has no end"
    )


def test_refused():
    """A server that answers the first request with an error is no server for it."""
    server = VirtualPublisher()
    server.ask = lambda http, data: http.receive(404, b"")

    with pytest.raises(ConnectFailed, match="h:1: it answered 404 to the first"):
        poll(server, Polling(0.1))


def test_silent():
    """One that doesn't answer it is given up."""
    server = VirtualPublisher()
    server.ask = lambda http, data: None

    with pytest.raises(TimedOut, match="first answer of h:1"):
        poll(server, Polling(0.1))


def test_ends_at_once():
    """One that ends the connection instead is told with what happened."""
    server = VirtualPublisher()
    server.ask = lambda http, data: http.lose("it broke")

    with pytest.raises(ConnectFailed, match="it broke"):
        poll(server, Polling(0.1))
