"""The load of a calibration, against servers that do well and that don't."""

from __future__ import annotations

import pytest

from wstool.connection.listen import ListenOptions, listen
from wstool.errors import ConnectionLost, TimedOut, WstoolError
from wstool.services.estimate.drive import Traffic, drive, hold
from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri


MESSAGES = [(Opcode.TEXT, b"one"), (Opcode.BINARY, b"\0" * 2000)]


class Counting(EchoMode):
    """Echo, and keep what came."""

    def __init__(self):
        self.connections = []
        self.messages = []

    def connection_opened(self, connection, visitor):
        """Keep a connection."""
        self.connections.append(connection)

    def batch_received(self, connection, opcode, payloads):
        """Keep messages, and send them back."""
        self.messages += [(opcode, payload) for payload in payloads]
        super().batch_received(connection, opcode, payloads)


class Silent(Counting):
    """Answer nothing."""

    def batch_received(self, connection, opcode, payloads):
        """Keep messages."""
        self.messages += payloads


class Closing(Counting):
    """Close at the first message."""

    def batch_received(self, connection, opcode, payloads):
        """Say goodbye."""
        connection.close(Close(1011, "no"))


async def serve(mode):
    """Serve; give the listener and the traffic for it."""
    listener = await listen(mode, ListenOptions(port=0), lambda event: None)
    traffic = Traffic(
        parse_uri(listener.url),
        MESSAGES,
        senders=3,
        listeners=2,
        rate=2000,
        compression=True,
        compress_min=1024,
        seconds=0.1,
    )
    return listener, traffic


def test_drive(run):
    """What is told is what came back since the load was under way."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        before = []
        sent = await drive(traffic, lambda: before.append(len(mode.messages)))
        listener.abort()
        return mode, before, sent

    mode, before, sent = run(scenario())
    assert len(mode.connections) == 5
    assert set(mode.messages) == set(MESSAGES)
    assert len(before) == 1
    # Of those that were on their way at the beginning, there are a few at most.
    assert 0 < sent <= len(mode.messages) - before[0] + 3 * 16
    assert mode.connections[0].endpoint.deflater is not None


def test_fan_out(run):
    """Those who only listen do get what is sent."""

    async def scenario():
        tools = ModeTools(log=lambda event: None, end=lambda error: None)
        mode = BroadcastMode(ModeOptions(include_sender=True), tools)
        listener, traffic = await serve(mode)
        sent = await drive(traffic._replace(senders=1), lambda: None)
        listener.abort()
        return sent

    assert run(scenario()) > 0


def test_behind(run):
    """A server that answers nothing gets a bounded number of messages."""

    async def scenario():
        mode = Silent()
        listener, traffic = await serve(mode)
        sent = await drive(traffic, lambda: None)
        listener.abort()
        return mode, sent

    mode, sent = run(scenario())
    assert 0 < len(mode.messages) <= 3 * 16
    assert sent == 0


def test_closed(run):
    """A server that closes ends the load, with an error."""

    async def scenario():
        listener, traffic = await serve(Closing())
        try:
            await drive(traffic, lambda: None)
        finally:
            listener.abort()

    with pytest.raises(WstoolError) as caught:
        run(scenario())
    assert isinstance(caught.value, ConnectionLost)


def test_hold(run):
    """While connections are held, each has had a message echoed."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        async with hold(traffic):
            held = len(listener.connections), len(mode.messages)
        listener.abort()
        return held

    assert run(scenario()) == (3, 3)


def test_hold_silent(run):
    """A server that doesn't answer ends the wait by its limit, with its name."""

    async def scenario():
        listener, traffic = await serve(Silent())
        try:
            async with hold(traffic):
                raise AssertionError("nothing came back")
        finally:
            listener.abort()

    with pytest.raises(TimedOut, match="waiting for an echo"):
        run(scenario())


def test_large(run):
    """The larger the messages, the fewer of them wait for a server."""

    async def scenario():
        mode = Silent()
        listener, traffic = await serve(mode)
        large = [(Opcode.BINARY, bytes(12 << 20))]
        await drive(traffic._replace(messages=large, compression=False), lambda: None)
        waiting = len(mode.messages)
        listener.abort()
        return waiting

    assert run(scenario()) <= 3
