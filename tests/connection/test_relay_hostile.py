"""A transparent proxy between sides that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import struct

import pytest

from wstool.connection.options import TLSOptions
from wstool.services.inspector import RelayInspector

from support.frames import BINARY, CLOSE, CONTINUATION, TEXT, frame
from support.inspecting import REQUEST_HEAD, RESPONSE_HEAD, Recorder
from support.relaying import Watcher, ask, echo, relaying
from support.tls import Issued, make_context


pytestmark = pytest.mark.usefixtures("descriptors")

HUGE = b"\x82\x7f\x7f" + b"\xff" * 7
ANYTHING = random.Random(6455).randbytes(100_000)
HOSTILE = {
    "garbage": ANYTHING,
    "huge frame": HUGE + ANYTHING,
    "half a header": frame(TEXT, b"a") + b"\x81\xfe\x01",
    "half a frame": frame(BINARY, bytes(1000))[:-1],
    "text that isn't": frame(TEXT, b"\xff" * 70_000, masking_key=b"abcd"),
    "bad compression": frame(TEXT, ANYTHING, rsv=0b100),
    "after the close": frame(CLOSE) * 3 + frame(CONTINUATION, b"x") * 100,
    "nothing": b"",
    "no HTTP": None,
}


class Inspecting(Watcher):
    """Keep what passes, and inspect it."""

    def __init__(self, *names):
        super().__init__(*names)
        self._inspector = RelayInspector(
            Recorder(), clock=lambda: 0.0, tell=print, max_kept=125
        )
        self._watcher = self._inspector.watch(*names)

    def client_sent(self, data):
        """Inspect bytes of the client."""
        super().client_sent(data)
        self._watcher.client_sent(data)

    def server_sent(self, data):
        """Inspect bytes of the server."""
        super().server_sent(data)
        self._watcher.server_sent(data)

    def ended(self):
        """Inspect the end."""
        self._watcher.ended()
        super().ended()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("cut", [None, 1, 60_001])
def test_hostile_bytes(run, hostile, cut):
    """Any bytes pass as they are, both ways, however they are cut off."""
    if hostile is None:
        sent, answer = ANYTHING[:cut], ANYTHING[::-1][:cut]
    else:
        sent, answer = REQUEST_HEAD + hostile[:cut], RESPONSE_HEAD + hostile[:cut]
    arrived = bytearray()

    async def answer_all(reader, writer):
        writer.write(answer)
        arrived.extend(await reader.read())
        writer.close()

    async def scenario():
        async with relaying(answer_all, make_watcher=Inspecting) as (relay, watchers):
            assert await ask(relay, sent) == answer
            await watchers[0].over.wait()
            assert bytes(watchers[0].sent) == sent
            assert bytes(watchers[0].received) == answer

    run(scenario())
    assert bytes(arrived) == sent


def test_server_that_ends_first(run):
    """A server that has ended still gets what the client sends."""
    arrived = bytearray()

    async def end_and_read(reader, writer):
        writer.write(b"bye")
        writer.write_eof()
        arrived.extend(await reader.read())
        writer.close()

    async def scenario():
        async with relaying(end_and_read) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            assert await reader.read() == b"bye"
            for _ in range(3):
                writer.write(ANYTHING)
                await writer.drain()
            writer.write_eof()
            await watchers[0].over.wait()
            writer.close()

    run(scenario())
    assert bytes(arrived) == ANYTHING * 3


def reset(writer):
    """End a connection with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def test_client_that_resets(run):
    """A client's reset ends the server's connection at once."""

    async def scenario():
        ended = asyncio.Event()

        async def wait(reader, writer):
            writer.write(b"a")
            with contextlib.suppress(ConnectionError):
                await reader.read()
            ended.set()
            writer.close()

        async with relaying(wait) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            assert await reader.read(1) == b"a"
            reset(writer)
            await ended.wait()
            await watchers[0].over.wait()

    run(scenario())


def test_server_that_resets(run):
    """A server's reset ends the client's connection at once."""

    async def scenario():
        async def cut_off(reader, writer):
            await reader.read(1)
            reset(writer)

        async with relaying(cut_off) as (relay, watchers):
            reader, writer = await asyncio.open_connection(*relay.address)
            writer.write(b"a")
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            await watchers[0].over.wait()
            writer.close()

    run(scenario())


def test_server_that_reads_nothing(run):
    """A server that reads nothing makes the client wait, so that nothing grows."""

    async def scenario():
        over = asyncio.Event()

        async def sleep(reader, writer):
            writer.transport.pause_reading()
            await over.wait()
            writer.transport.abort()

        async with relaying(sleep) as (relay, _):
            sock = socket.socket()
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, relay.address)
            sent = 0
            with contextlib.suppress(TimeoutError):
                while sent < 200 << 20:
                    async with asyncio.timeout(1):
                        await loop.sock_sendall(sock, bytes(1 << 16))
                    sent += 1 << 16
            sock.close()
            over.set()
        assert 0 < sent < 60 << 20

    run(scenario())


def test_many_clients(run):
    """Each of many clients gets what is its own, though all are read into one place."""

    async def scenario():
        blobs = [
            random.Random(number).randbytes(number * 997 % 70_000)
            for number in range(150)
        ]
        async with relaying(echo) as (relay, _):
            answers = await asyncio.gather(*(ask(relay, blob) for blob in blobs))
        assert answers == blobs

    run(scenario())


def test_tls_on_both_sides(run, tmp_path):
    """With TLS on both sides, each has its own, and the bytes are the same."""

    async def scenario():
        authority = Issued("Authority", authority=True)
        issued = Issued("localhost", issuer=authority, names=["localhost"])
        cacert = authority.write_pem(tmp_path / "ca.pem", "cert")
        options = TLSOptions(cacert=cacert)

        async def answer(reader, writer):
            writer.write(await reader.readexactly(len(ANYTHING)))
            writer.close()

        async with relaying(
            answer,
            scheme="wss",
            tls=options,
            context=make_context(issued),
            own=make_context(issued),
        ) as (relay, watchers):
            trusting = ssl.create_default_context(cafile=cacert)
            reader, writer = await asyncio.open_connection(
                *relay.address, ssl=trusting, server_hostname="localhost"
            )
            writer.write(ANYTHING)
            assert await reader.read() == ANYTHING
            writer.close()
            await watchers[0].over.wait()
            assert bytes(watchers[0].sent) == ANYTHING

    run(scenario())
