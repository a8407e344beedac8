"""The load of a calibration, against servers that do well and that don't."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from wstool.cli._estimate.generator import BenchGenerator
from wstool.connection.listen import ListenOptions, listen
from wstool.errors import ConnectFailed, ExpectationFailed, TLSFailed
from wstool.services.estimate.generator import Traffic
from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.tls import Issued, make_context


TEXT, BINARY = (Opcode.TEXT, b"one"), (Opcode.BINARY, b"\0" * 2000)
GENERATOR = BenchGenerator()
run = asyncio.run


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
        self.messages += [(connection, opcode, payload) for payload in payloads]
        super().batch_received(connection, opcode, payloads)

    def list_kinds(self):
        """List the different messages that came."""
        return {(opcode, payload) for _, opcode, payload in self.messages}


class Lying(Counting):
    """Answer with something else."""

    def batch_received(self, connection, opcode, payloads):
        """Send as many messages back."""
        connection.send(opcode, [b"no"] * len(payloads))


class Closing(Counting):
    """Close at the first message."""

    def batch_received(self, connection, opcode, payloads):
        """Say goodbye."""
        connection.close(Close(1011, "no"))


async def serve(mode, **options):
    """Serve; give the listener and the traffic for it."""
    listener = await listen(mode, ListenOptions(port=0, **options), lambda event: None)
    traffic = Traffic(
        parse_uri(listener.url),
        authority=None,
        messages=[TEXT, TEXT, BINARY],
        senders=3,
        listeners=0,
        rate=2000,
        compression=True,
        compress_min=1024,
        seconds=0.3,
    )
    return listener, traffic


def test_drive():
    """What is told is what came back between the looks, of all kinds of messages."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        looks = []
        driven = await GENERATOR.drive(
            traffic, lambda: looks.append(len(mode.messages))
        )
        listener.abort()
        return mode, looks, driven

    mode, looks, driven = run(scenario())
    assert len(mode.connections) == 3
    assert mode.list_kinds() == {TEXT, BINARY}
    # A rate is kept, whatever the machine does; what is on its way is little of it.
    first, last = looks
    assert driven.received == pytest.approx(last - first, abs=100)
    assert driven.received > 100
    assert 0.25 < driven.seconds < 5
    assert mode.connections[0].endpoint.deflater is not None
    # Nor do those who send take turns.
    numbers = [mode.connections.index(connection) for connection, *_ in mode.messages]
    assert any(number == later for number, later in pairwise(numbers))


def test_one_sender():
    """Where there are more kinds than senders, the most frequent one is sent."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        await GENERATOR.drive(traffic._replace(senders=1), lambda: None)
        listener.abort()
        return mode

    mode = run(scenario())
    assert (len(mode.connections), mode.list_kinds()) == (1, {TEXT})


def test_all_sorts():
    """However few messages each connection sends, most of a sample are among them."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        messages = [(Opcode.TEXT, b"x" * size) for size in range(50)]
        traffic = traffic._replace(messages=messages, senders=50, rate=200)
        await GENERATOR.drive(traffic, lambda: None)
        listener.abort()
        return mode, messages

    mode, messages = run(scenario())
    assert len(set(messages) - mode.list_kinds()) < 10


def test_saturate():
    """As fast as the replies come is faster than a rate that is far too small."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        driven = await GENERATOR.saturate(traffic._replace(rate=0.001))
        listener.abort()
        return mode, driven

    mode, driven = run(scenario())
    assert driven.received > 10
    assert driven.received <= len(mode.messages)
    assert mode.list_kinds() == {TEXT, BINARY}


def test_fan_out():
    """Copies count, that of whoever sent it and those of all who only listen."""

    async def scenario():
        tools = ModeTools(log=lambda event: None, end=lambda error: None)
        mode = BroadcastMode(ModeOptions(include_sender=True), tools)
        listener, traffic = await serve(mode)
        traffic = traffic._replace(senders=1, listeners=4, rate=100, seconds=1)
        driven = await GENERATOR.drive(traffic, lambda: None)
        listener.abort()
        return driven

    driven = run(scenario())
    assert driven.received > 5 * 30
    assert driven.received / driven.seconds < 5 * 200


def test_hold():
    """While connections are held, each has had a message of its own echoed."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        async with GENERATOR.hold(traffic._replace(senders=20)):
            held = len(listener.connections), [each[0] for each in mode.messages]
        listener.abort()
        return mode, held

    mode, (open_, greeted) = run(scenario())
    assert open_ == len(greeted) == len(set(greeted)) == 20
    assert mode.list_kinds() == {TEXT, BINARY}


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        pytest.param(Lying, "reply differs", id="lying"),
        pytest.param(Closing, "closed with error", id="closing"),
    ],
)
@pytest.mark.parametrize("load", ["drive", "saturate", "hold"])
def test_errors(mode, problem, load):
    """Whatever is wrong with the replies ends the load, by its name."""

    async def scenario():
        listener, traffic = await serve(mode())
        traffic = traffic._replace(seconds=600)
        try:
            if load == "drive":
                await GENERATOR.drive(traffic, lambda: None)
            elif load == "saturate":
                await GENERATOR.saturate(traffic)
            else:
                async with GENERATOR.hold(traffic):
                    raise AssertionError("there is an error")
        finally:
            listener.abort()

    with pytest.raises(ExpectationFailed, match=problem):
        run(scenario())


def test_fall():
    """A connection that ends while it is held is an error, too."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        try:
            async with GENERATOR.hold(traffic):
                mode.connections[1].abort()
                # Samples come a few times a second.
                while not mode.messages:
                    await asyncio.sleep(0)
                await asyncio.sleep(0.6)
        finally:
            listener.abort()

    with pytest.raises(ExpectationFailed, match="1 × connection lost"):
        run(scenario())


def test_nobody():
    """A server that isn't there is an error by itself."""

    async def scenario():
        listener, traffic = await serve(Counting())
        listener.abort()
        await GENERATOR.drive(traffic, lambda: None)

    with pytest.raises(ConnectFailed):
        run(scenario())


def test_verified(tmp_path):
    """The server's authority is what counts: no other certificate will do."""
    names = ["localhost", "127.0.0.1"]
    ours, other = Issued("ours", names=names), Issued("other", names=names)

    async def scenario(authority):
        listener, traffic = await serve(Counting(), context=make_context(ours))
        try:
            traffic = traffic._replace(authority=authority)
            return await GENERATOR.saturate(traffic)
        finally:
            listener.abort()

    assert run(scenario(ours.write_pem(tmp_path / "ours", "cert"))).received > 0
    with pytest.raises(TLSFailed):
        run(scenario(other.write_pem(tmp_path / "other", "cert")))


def test_cancelled():
    """Whoever gives up leaves no connection behind."""

    async def scenario():
        mode = Counting()
        listener, traffic = await serve(mode)
        load = GENERATOR.drive(traffic._replace(seconds=600), lambda: None)
        task = asyncio.ensure_future(load)
        while not mode.messages:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while listener.connections:
            await asyncio.sleep(0)
        listener.abort()

    run(scenario())
