"""A transparent proxy, on sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

import pytest

from wstool.connection.options import ConnectOptions, TLSOptions
from wstool.connection.relay import Relay
from wstool.errors import ConnectFailed, TimedOut, TLSFailed
from wstool.wire.uri import parse_uri

from support.relaying import Watcher, ask, echo, relaying
from support.tls import Issued, make_context


pytestmark = pytest.mark.usefixtures("descriptors")


def test_bytes_pass_as_they_are(run):
    """Any bytes pass, both ways, for several clients at once, up to both ends."""

    async def scenario():
        blobs = [os.urandom(1 << 20), b"", b"x", os.urandom(300_000)]
        async with relaying(echo) as (relay, watchers):
            answers = await asyncio.gather(*(ask(relay, blob) for blob in blobs))
            for watcher in watchers:
                await watcher.over.wait()
        assert answers == blobs
        assert sorted(bytes(watcher.sent) for watcher in watchers) == sorted(blobs)
        assert sorted(bytes(watcher.received) for watcher in watchers) == sorted(blobs)
        assert watchers[0].names[0].startswith("127.0.0.1:")

    run(scenario())


def test_tls_to_the_server(run, tmp_path):
    """TLS to the server is ours, and the clients need none."""

    async def scenario():
        authority = Issued("Authority", authority=True)
        issued = Issued("localhost", issuer=authority, names=["localhost"])
        cacert = authority.write_pem(tmp_path / "ca.pem", "cert")

        async def answer(reader, writer):
            writer.write(await reader.read(5))
            writer.close()

        async with relaying(
            answer,
            scheme="wss",
            tls=TLSOptions(cacert=cacert),
            context=make_context(issued),
        ) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            writer.write(b"hello")
            assert await reader.read() == b"hello"
            writer.close()
            await watchers[0].over.wait()
            assert bytes(watchers[0].sent) == b"hello"

    run(scenario())


def test_certificate_that_nobody_trusts(run):
    """Where TLS fails, the client's connection ends, and that is told."""

    async def scenario():
        context = make_context(Issued("localhost", names=["localhost"]))
        async with relaying(echo, scheme="wss", context=context) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            await watchers[0].over.wait()
            assert isinstance(watchers[0].error, TLSFailed)

    run(scenario())


def test_no_server(run):
    """Where there is no server, the client's connection ends, and that is told."""

    async def scenario():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            async with relaying(echo, port=port) as (relay, watchers):
                reader, writer = await asyncio.open_connection(*relay.address)
                writer.write(b"a")
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
                writer.close()
                await watchers[0].over.wait()
                assert isinstance(watchers[0].error, ConnectFailed)

    run(scenario())


def test_server_that_is_never_reached(run, names):
    """A limit ends what takes too long."""

    async def scenario():
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            address = full.getsockname()
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            async with relaying(echo, port=address[1], connect_timeout=0.1) as (
                relay,
                watchers,
            ):
                reader, writer = await asyncio.open_connection(*relay.address)
                with contextlib.suppress(ConnectionError):
                    await reader.read()
                writer.close()
                await watchers[0].over.wait()
                assert isinstance(watchers[0].error, TimedOut)
            for filler in fillers:
                filler.close()

    run(scenario())


def test_slow_reader(run):
    """A side that reads nothing makes the other one wait, so that nothing grows."""

    async def scenario():
        sent = 0

        async def flood(reader, writer):
            nonlocal sent
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                for _ in range(1000):
                    writer.write(bytes(1 << 16))
                    sent += 1 << 16
                    await writer.drain()
            writer.transport.abort()

        async with relaying(flood) as (relay, _):
            sock = socket.socket()
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, relay.address)
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.2)
            sock.close()
        assert 0 < sent < 60 << 20

    run(scenario())


def test_pause(run):
    """While nobody can follow, nothing is read."""

    async def scenario():
        async with relaying(echo) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            writer.write(b"a")
            assert await reader.read(1) == b"a"
            relay.pause()
            writer.write(b"b")
            await asyncio.sleep(0.05)
            assert bytes(watchers[0].sent) == b"a"
            relay.resume()
            assert await reader.read(1) == b"b"
            writer.close()

    run(scenario())


def test_address_in_use(run):
    """An address that can't be had is told."""

    async def scenario():
        relay = Relay(ConnectOptions(uri=parse_uri("ws://localhost/")), Watcher)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(ConnectFailed):
                await relay.start(*taken.getsockname())

    run(scenario())
