"""What a party counts is what passes through a socket."""

from __future__ import annotations

import asyncio
import time

import pytest

from wstool.connection.binding import bind
from wstool.connection.dial import dial
from wstool.connection.http_client import open_http
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import (
    ConnectOptions,
    Observer,
    ProxyOptions,
    RequestOptions,
    RouteOptions,
)
from wstool.services.bench.browser import make_poll_maker
from wstool.services.bench.carrier import Polling
from wstool.services.bench.meter import Meter
from wstool.services.bench.party import run_party
from wstool.services.bench.pollers import Pollers
from wstool.services.bench.polls import Polls
from wstool.services.bench.stamp import make_stamp
from wstool.services.bench.subscribers import OpeningBytes, Subscribers
from wstool.services.hub.mode import Mode
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.parties import make_versus_load


LOAD = make_versus_load(connections=3, limit=5, rate=50.0, drain=20.0)


class Relay:
    """Pass bytes on to a server, and count them."""

    def __init__(self, address):
        self.address = address
        self.count = 0
        self.tasks = []

    async def serve(self, reader, writer):
        """Pass on what one client and the server say."""
        theirs = await asyncio.open_connection(*self.address)
        ways = [(reader, theirs[1]), (theirs[0], writer)]
        self.tasks += [asyncio.ensure_future(self.pass_on(*way)) for way in ways]

    async def pass_on(self, reader, writer):
        """Pass on what comes one way."""
        try:
            while data := await reader.read(1 << 16):
                self.count += len(data)
                writer.write(data)
        except OSError:
            pass
        writer.close()


class Speaker(Mode):
    """A server that says to everybody what it is told to."""

    def __init__(self):
        self.connections = []

    def connection_opened(self, connection, visitor):
        """Take a client."""
        self.connections.append(connection)

    def publish(self, payloads):
        """Say something."""
        for connection in self.connections:
            connection.send(Opcode.TEXT, payloads)


async def count(address, publish, make):
    """Run a party through a relay; give what it counted, and what the relay did."""
    relay = Relay(address)
    counted = []
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as server:
        loop = asyncio.get_running_loop()
        port = server.sockets[0].getsockname()[1]

        async def gate():
            start = time.monotonic_ns() + 20_000_000
            for number in range(LOAD.limit):
                moment = start + int(number * 1e9 / LOAD.rate)
                payload = make_stamp(LOAD.run_id, moment) + b"x" * 200
                delay = (moment - time.monotonic_ns()) / 1e9
                loop.call_later(delay, publish, [payload])
            return start

        def compare(carriage):
            wire = carriage.bytes_sent + carriage.bytes_received
            counted.append((carriage.opening_bytes + wire, relay.count))

        await run_party(
            make(parse_uri(f"http://127.0.0.1:{port}/")),
            report=lambda sample: None,
            stopped=loop.create_future(),
            gate=gate,
            carried=compare,
        )
        await asyncio.gather(*relay.tasks)
    return counted[0]


@pytest.mark.parametrize("polling", [Polling(0.02), Polling(None, 25.0)])
def test_polls(polling):
    """Requests and responses, with all of their headers."""

    async def run():
        polls = Polls(Opcode.TEXT)
        binding = await bind(polls.accept, "127.0.0.1", 0)

        def make(uri):
            return Pollers(
                LOAD,
                Meter(),
                polling,
                Opcode.TEXT,
                connect=lambda handler: open_http(uri, handler, connect_timeout=20),
                make_request=make_poll_maker(uri, RequestOptions()),
            )

        try:
            return await count(binding.address, polls.publish, make)
        finally:
            binding.close()
            polls.abort()

    counted, passed = asyncio.run(run())
    assert counted == passed


def test_frames():
    """Opening handshakes, and frames."""

    async def run():
        speaker = Speaker()
        options = ListenOptions(port=0, compression=False)
        listener = await listen(speaker, options, lambda event: None)

        def make(uri):
            opening = OpeningBytes()
            observer = Observer(
                request_sent=opening.request_sent,
                response_received=opening.response_received,
            )
            connect = ConnectOptions(
                uri,
                request=RequestOptions(deflate=None),
                route=RouteOptions(proxy=ProxyOptions(proxy="")),
                observer=observer,
            )
            return Subscribers(
                LOAD, Meter(), lambda handler: dial(connect, handler), opening
            )

        try:
            return await count(listener.address, speaker.publish, make)
        finally:
            listener.abort()

    counted, passed = asyncio.run(run())
    assert counted == passed
