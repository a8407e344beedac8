"""Clients that messages reach by WebSocket."""

from __future__ import annotations

import asyncio

import pytest

from wstool.services.bench.subscribers import OpeningBytes
from wstool.wire.handshake import Request, Response

from support.parties import VirtualPublisher, subscribe


def test_latency():
    """A message reaches each client as soon as it was published."""
    outcome, _ = subscribe(VirtualPublisher(0.003))

    assert (outcome.received, outcome.errors) == (80, {})
    assert outcome.latency.count == 80
    assert outcome.latency.percentile(100) == pytest.approx(3e6, rel=0.05)


def test_bytes():
    """What counts are the frames: 2 bytes, and the message."""
    outcome, carriage = subscribe(VirtualPublisher())

    assert outcome.samples[-1].measured == pytest.approx(1.9, abs=0.01)
    assert (carriage.bytes_sent, carriage.bytes_received) == (0, 80 * (2 + 40))
    assert (carriage.requests, carriage.empty) == (0, 0)


def test_before():
    """What was read before the start is none of it."""
    server = VirtualPublisher()

    def meddle(stopped):
        for connection in server.connections:
            connection.bytes_received += 1000
            connection.bytes_sent += 10

    _, carriage = subscribe(server, meddle=meddle)
    assert (carriage.bytes_sent, carriage.bytes_received) == (0, 80 * 42)


def test_connection_ends():
    """A client whose connection ends misses the rest, and its bytes still count."""
    server = VirtualPublisher()

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(1.0, lambda: server.connections[0].end())

    outcome, carriage = subscribe(server, meddle=meddle)
    assert outcome.count("closed_early") == 1
    assert outcome.received + outcome.count("undelivered") == 80
    assert 0 < outcome.count("undelivered") <= 20
    # Further messages were written to it, as far as its server knew.
    assert carriage.bytes_received >= outcome.received * 42


def test_opening_bytes():
    """An opening handshake counts as it is on the wire."""
    opening = OpeningBytes()
    opening.request_sent(Request("/", [("Host", "h")]))
    assert opening.count == len(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    response = Response("HTTP/1.1", 101, "Switching Protocols", [("A", "b")], [])
    opening.response_received(response)
    head = b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n"
    assert opening.count == len(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" + head)
