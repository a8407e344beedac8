"""Runs on real connections, in one process with their server."""

from __future__ import annotations

import asyncio
import time

import pytest

from wstool.connection.dial import dial
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import ConnectOptions
from wstool.errors import ConnectFailed, Stopped
from wstool.services.bench import Kind, Load, Supply, make_payloads, run_load
from wstool.services.bench.source import Source
from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.loads import make_load_on
from support.virtual import Outcome, VirtualServer


def make_mode(kind):
    """Make what a server of ours does for a kind."""
    if kind is Kind.RECEIVE:
        return Source(Opcode.TEXT, [b"tick"])
    if kind is Kind.FANOUT:
        tools = ModeTools(log=lambda event: None, end=lambda error: None)
        return BroadcastMode(ModeOptions(queue_limit=1 << 20), tools)
    return EchoMode()


async def make_load(kind, *, size=40, gate=None, **options):
    """Make a load on a server of ours."""
    listener = await listen(make_mode(kind), ListenOptions(port=0), lambda event: None)
    outcome = Outcome()
    target = ConnectOptions(parse_uri(listener.url))
    try:
        await run_load(
            Load(kind=kind, connections=3, duration=None, drain=10.0, **options),
            Supply(Opcode.TEXT, make_payloads(size, size)),
            lambda handler: dial(target, handler),
            report=outcome.add,
            stopped=asyncio.get_running_loop().create_future(),
            gate=gate,
        )
    finally:
        await listener.stop(grace=1)
    return outcome


@pytest.mark.parametrize(
    ("kind", "options", "received"),
    [
        (Kind.ECHO, {"limit": 300, "depth": 5}, 300),
        (Kind.ECHO, {"limit": 50, "rate": 1000.0}, 50),
        (Kind.ECHO, {"limit": 30, "size": 5000}, 30),
        (Kind.FANOUT, {"limit": 20}, 60),
        (Kind.RECEIVE, {"limit": 5000}, 5000),
        (Kind.CONNECT, {"limit": 20}, 20),
    ],
)
def test_kinds(run, kind, options, received):
    """Every kind does what it is told, exactly, and nothing goes wrong."""
    outcome = run(make_load(kind, **options))

    assert (outcome.received, outcome.errors) == (received, {})
    assert outcome.samples[-1].open == 0
    assert outcome.samples[-1].measured > 0


def test_send(run):
    """With send, the time counts until the server has read it all."""
    outcome = run(make_load(Kind.SEND, limit=2000))

    assert (outcome.sent, outcome.errors) == (2000, {})
    last = outcome.samples[-1]
    assert last.measured == pytest.approx(last.end, abs=0.01)


def test_gate(run):
    """Nothing is sent before all are ready and the time has come."""
    times = []

    async def gate():
        loop = asyncio.get_running_loop()
        times.append(loop.time())
        return time.monotonic_ns() + 50_000_000

    outcome = run(make_load(Kind.ECHO, limit=10, gate=gate))

    assert (len(times), outcome.received) == (1, 10)


@pytest.mark.parametrize("kind", [Kind.ECHO, Kind.RECEIVE, Kind.FANOUT])
def test_silence(kind):
    """Without a duration, a server that says nothing doesn't hold it up for ever."""
    server = VirtualServer(answer=lambda payloads: [])
    outcome = make_load_on(server, kind=kind, duration=None, limit=9, patience=2.0)

    assert outcome.errors["stalled"] == (1, "nothing for 2 s")
    assert 2 < outcome.samples[-1].end < 10


@pytest.mark.parametrize(
    "options",
    [{"duration": None, "rate": 0.25, "limit": 3}, {"duration": 9.0, "limit": 9}],
)
def test_silence_expected(options):
    """Messages that are rare, or a duration, give a reason for silence."""
    server = VirtualServer(delay=4.0)
    outcome = make_load_on(server, patience=2.0, **options)

    assert (outcome.received, outcome.errors) == (3, {})


def test_nobody_there(run):
    """If no connection can be opened, that is the error."""

    async def make():
        target = ConnectOptions(parse_uri("ws://127.0.0.1:1/"))
        await run_load(
            Load(connections=5),
            Supply(Opcode.TEXT, [b"x"]),
            lambda handler: dial(target, handler),
            report=lambda sample: None,
            stopped=asyncio.get_running_loop().create_future(),
        )

    with pytest.raises(ConnectFailed):
        run(make())


def test_stopped(run):
    """A stop ends it at once, with all that was measured."""

    async def make():
        loop = asyncio.get_running_loop()
        listener = await listen(EchoMode(), ListenOptions(port=0), lambda event: None)
        outcome = Outcome()
        stopped = loop.create_future()
        loop.call_later(0.3, stopped.set_result, Stopped(2, "SIGINT"))
        target = ConnectOptions(parse_uri(listener.url))
        await run_load(
            Load(duration=3600.0),
            Supply(Opcode.TEXT, [b"x"]),
            lambda handler: dial(target, handler),
            report=outcome.add,
            stopped=stopped,
        )
        await listener.stop(grace=1)
        return outcome

    outcome = run(make())
    assert outcome.received > 0
    assert outcome.samples[-1].open == 0
