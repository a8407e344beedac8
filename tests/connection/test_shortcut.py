"""The short way between sockets and who knows what comes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from wstool.connection.endpoint import Role
from wstool.connection.options import Observer
from wstool.connection.shortcut import Shortcuts
from wstool.errors import ConnectionLost
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import connected
from support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from support.pairs import write_frame


FIN = 0x80
BULK = bytes(1 << 16)

pytestmark = pytest.mark.usefixtures("descriptors")


class Taken:
    """What was read by the short way, and a wait for it."""

    def __init__(self):
        self.data = b""
        self.came = asyncio.Event()

    def take(self, data):
        """Keep what was read."""
        self.data += data
        self.came.set()

    async def until(self, size):
        """Wait for so many bytes."""
        while len(self.data) < size:
            self.came.clear()
            await self.came.wait()


@asynccontextmanager
async def shortened(take=None, *, read_size=1 << 12, **options):
    """Connect to a raw peer by the short way."""
    shortcuts = Shortcuts(asyncio.get_running_loop(), read_size=read_size)
    async with connected(Role.CLIENT, **options) as (connection, recorder, peer):
        shortcut = shortcuts.add(connection, take or connection.data_received)
        try:
            yield shortcuts, shortcut, connection, recorder, peer
        finally:
            shortcuts.end()


def message(payload):
    """Make a client's frame."""
    return write_frame(Role.SERVER, BINARY, payload)


def test_both_ways(run):
    """What comes is read as it is, in pieces of a size, and frames go out."""

    async def scenario():
        taken = Taken()
        async with shortened(taken.take, read_size=5) as (_, shortcut, *_, peer):
            shortcut.send(message(b"there"))
            frames = await peer.receive_frames(1)
            await peer.send(b"and back again")
            await taken.until(14)
            return frames, taken.data

    assert run(scenario()) == ([(FIN | BINARY, b"there")], b"and back again")


def test_handed_on(run):
    """What is given to the connection is decoded, and a ping answered."""

    async def scenario():
        async with shortened() as (_, _, _, recorder, peer):
            await peer.send(frame(TEXT, b"hi") + frame(PING, b"you"))
            frames = await peer.receive_frames(1)
            return recorder.messages, frames

    messages, frames = run(scenario())
    assert messages == [b"hi"]
    assert frames == [(FIN | PONG, b"you")]


def test_order(run):
    """What a full socket doesn't take goes out by the transport, and in order."""

    async def scenario():
        sent = [number.to_bytes(2, "big") + BULK for number in range(200)]
        async with shortened() as (_, shortcut, connection, _, peer):
            for payload in sent:
                shortcut.send(message(payload))
            assert connection.pending_bytes() > 0
            frames = await peer.receive_frames(len(sent))
            size = sum(len(message(payload)) for payload in sent)
            assert connection.bytes_sent == size
            return [payload for _, payload in frames] == sent

    assert run(scenario())


def test_behind_output(run):
    """Frames stand behind what the endpoint has sent already."""

    async def scenario():
        async with shortened() as (_, shortcut, connection, _, peer):
            connection.endpoint.send_pong(b"first")
            shortcut.send(message(b"second"))
            connection.send(Opcode.BINARY, [b"third"])
            return [payload for _, payload in await peer.receive_frames(3)]

    assert run(scenario()) == [b"first", b"second", b"third"]


def test_closing(run):
    """Behind our close frame nothing is sent."""

    async def scenario():
        async with shortened() as (_, shortcut, connection, recorder, peer):
            connection.close(Close(1000))
            shortcut.send(message(b"late"))
            frames = await peer.receive_frames(1)
            await peer.send(frame(CLOSE, b"\x03\xe8"))
            peer.end()
            ending = await recorder.until_ended()
            return frames, ending.error, ending.close_received

    frames, error, close = run(scenario())
    assert frames == [(FIN | CLOSE, b"\x03\xe8")]
    assert (error, close) == (None, Close(1000))


@pytest.mark.parametrize("way", ["end", "reset"])
def test_peer_goes(run, way):
    """The transport meets the end of the stream, or a reset, and tells it."""

    async def scenario():
        async with shortened() as (shortcuts, _, connection, recorder, peer):
            getattr(peer, way)()
            ending = await recorder.until_ended()
            shortcuts.remove(connection)
            return ending

    assert isinstance(run(scenario()).error, ConnectionLost)


def test_given_back(run):
    """At the end of the short way the transport reads again."""

    async def scenario():
        taken = Taken()
        async with shortened(taken.take) as (shortcuts, _, _, recorder, peer):
            shortcuts.end()
            await peer.send(frame(TEXT, b"hi"))
            await recorder.until(lambda: recorder.messages)
            return taken.data, recorder.messages

    assert run(scenario()) == (b"", [b"hi"])


def test_many(run):
    """Each connection's bytes come to who takes them for it."""

    async def scenario():
        one, other = Taken(), Taken()
        async with (
            shortened(one.take) as (shortcuts, *_, first),
            connected(Role.CLIENT) as (connection, _, second),
        ):
            shortcuts.add(connection, other.take)
            await first.send(b"one")
            await second.send(b"other")
            await one.until(3)
            await other.until(5)
            return one.data, other.data

    assert run(scenario()) == (b"one", b"other")


def test_observed(run):
    """While somebody watches the bytes there is no short way past them."""

    async def scenario():
        observer = Observer(bytes_received=lambda data: None)
        async with shortened(observer=observer) as (_, shortcut, *_):
            return shortcut

    assert run(scenario()) is None
