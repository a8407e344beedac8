"""One way, and connections that are held."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.handler import Ending
from wstool.errors import ConnectionLost
from wstool.services.bench import Kind

from support.loads import make_load_on
from support.virtual import VirtualServer


def test_send():
    """Everything up to the limit is sent, without a wait for anything."""
    server = VirtualServer(answer=lambda payloads: [])
    outcome = make_load_on(
        server, kind=Kind.SEND, duration=None, limit=100_001, connections=3
    )

    assert (outcome.sent, outcome.errors) == (100_001, {})
    assert sum(len(connection.sent) for connection in server.connections) == 100_001


def test_send_stops_for_slow_server():
    """A server that doesn't read gets nothing more until it does."""
    server = VirtualServer(answer=lambda payloads: [])
    seen = []

    def pause():
        server.connections[0].writing_is_paused = True
        asyncio.get_running_loop().call_soon(note)

    def note():
        seen.append(len(server.connections[0].sent))

    def resume():
        note()
        connection = server.connections[0]
        connection.writing_is_paused = False
        connection.handler.writing_resumed(connection)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, pause)
        loop.call_later(0.1, resume)

    make_load_on(server, kind=Kind.SEND, duration=0.12, meddle=meddle)

    assert seen[0] == seen[1] < len(server.connections[0].sent)


def test_receive():
    """What the server sends is counted, up to the limit exactly."""
    server = VirtualServer()

    def push():
        for connection in server.connections:
            connection.handler.batch_received(connection, 1, [b"12345"] * 10)
        asyncio.get_running_loop().call_later(0.01, push)

    outcome = make_load_on(
        server,
        kind=Kind.RECEIVE,
        duration=None,
        limit=55,
        connections=2,
        meddle=lambda stopped: asyncio.get_running_loop().call_later(0.01, push),
    )

    assert (outcome.received, outcome.sent, outcome.errors) == (55, 0, {})
    assert sum(sample.bytes_received for sample in outcome.samples) == 275


def test_idle():
    """Connections are held, and those that fall are told with time and cause."""
    server = VirtualServer()
    lost = Ending(ConnectionLost("the stream ended"), None, None)

    def meddle(stopped):
        loop = asyncio.get_running_loop()
        loop.call_later(3.0, lambda: server.connections[1].end(lost))

    outcome = make_load_on(
        server, kind=Kind.IDLE, duration=10.0, connections=4, meddle=meddle
    )

    falls = [fall for sample in outcome.samples for fall in sample.falls]
    assert [(fall.kind, fall.after) for fall in falls] == [
        ("connection_lost", pytest.approx(3.0, rel=0.01))
    ]
    assert [sample.open for sample in outcome.samples][-2:] == [3, 0]
    assert outcome.samples[-1].measured == pytest.approx(10.0, rel=0.01)
