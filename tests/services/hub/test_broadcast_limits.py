"""Broadcast to clients that read slowly, or leave."""

from __future__ import annotations

import gc
import re
import struct
import tracemalloc
import weakref

import pytest

from wstool.wire.deflate import Deflater

from support.connections import until
from support.frames import BINARY, CLOSE, PING, TEXT, frame
from support.memory import measure
from support.rooms import broadcasting, mask


KEY = b"\x12\x34\x56\x78"
FIN = 0x80
MIB = 1 << 20
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"

pytestmark = pytest.mark.usefixtures("descriptors")


def make_numbered(count, size=1 << 16):
    """Make payloads that begin with their number."""
    return [struct.pack("!I", number).ljust(size, b".") for number in range(count)]


def count_waiting(reason):
    """Read how much waits for a client that is cut off."""
    found = re.fullmatch(r"reads too slowly: (\d+) bytes wait for it", reason)
    return int(found[1])


async def receive_slowly(peer):
    """Take frames up to a close frame, and answer it; give messages and close frame."""
    frames = []
    while not frames or frames[-1][0] != FIN | CLOSE:
        frames += await peer.receive_frames(1)
    await peer.send(mask(CLOSE, frames[-1][1][:2]))
    return [payload for _, payload in frames[:-1]], frames[-1]


def test_slow_subscriber(run):
    """A client that doesn't read is cut off at the limit; the others get everything."""
    payloads = make_numbered(600)

    async def scenario():
        async with (
            broadcasting(queue_limit=MIB) as room,
            room.enter() as sender,
            room.enter() as good,
            room.enter(receive_buffer=1 << 16) as slow,
        ):
            tracemalloc.start()
            for payload in payloads:
                await sender.send(mask(BINARY, payload))
                assert await good.receive_frames(1) == [(FIN | BINARY, payload)]
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            connection = room.connections[2]
            assert not connection.is_open
            (event,) = room.cut_off
            assert (event.kind, event.peer) == ("cut off", connection.peer)
            return event.text, await receive_slowly(slow), peak

    reason, (received, last), peak = run(scenario())
    waiting = count_waiting(reason)
    assert MIB < waiting <= MIB + len(payloads[0]) + 100
    assert received == payloads[: len(received)]
    assert last == (FIN | CLOSE, b"\x03\xf0" + reason.encode())
    # What went through is 38 MiB.
    assert peak < 8 * MIB


def test_subscriber_that_catches_up(run):
    """A client that is slow for a while, and stays below the limit, gets everything."""
    payloads = make_numbered(300)

    async def scenario():
        async with (
            broadcasting(queue_limit=100 * MIB) as room,
            room.enter() as sender,
            room.enter(receive_buffer=1 << 16) as slow,
        ):
            for payload in payloads:
                await sender.send(mask(BINARY, payload))
            connection = room.connections[1]
            await until(lambda: connection.pending_bytes() > 8 * MIB)
            frames = await slow.receive_frames(len(payloads))
            assert (room.cut_off, connection.is_open) == ([], True)
            return [payload for _, payload in frames]

    assert run(scenario()) == payloads


def test_slow_subscriber_that_is_closing(run):
    """A client that has closed already is not cut off for what it leaves unread."""

    async def scenario():
        async with (
            broadcasting(queue_limit=100_000) as room,
            room.enter() as sender,
            room.enter() as good,
            room.enter(receive_buffer=1 << 16) as slow,
        ):
            connection = room.connections[2]
            while not connection.writing_is_paused:
                await sender.send(mask(BINARY, bytes(1 << 16)))
                await good.receive_frames(1)
            await slow.send(mask(CLOSE, b"\x03\xe8"))
            await until(lambda: not connection.is_open)
            for _ in range(40):
                await sender.send(mask(BINARY, bytes(1 << 16)))
                await good.receive_frames(1)
            return room.cut_off

    assert run(scenario()) == []


BOMBS = 40


def make_bombs():
    """Make messages of 1 MiB each, of a kibibyte on the wire, all in one read."""
    deflater = Deflater(window_bits=15, context_takeover=False)
    payload = deflater.compress(bytes(MIB))
    return frame(BINARY, payload, rsv=0b100, masking_key=KEY) * BOMBS


def test_bombs(run):
    """Messages that inflate a thousandfold all arrive, a few in each turn."""

    async def scenario():
        async with (
            broadcasting(queue_limit=100 * MIB) as room,
            room.enter(DEFLATE) as sender,
            room.enter() as peer,
        ):
            await sender.send(make_bombs())
            return set(await peer.receive_frames(BOMBS))

    assert run(scenario()) == {(FIN | BINARY, bytes(MIB))}


def test_bombs_for_a_slow_subscriber(run):
    """Messages that inflate a thousandfold take no more memory than others."""

    async def scenario():
        async with (
            broadcasting(queue_limit=4 * MIB) as room,
            room.enter(DEFLATE) as sender,
            room.enter(receive_buffer=1 << 16),
        ):
            await sender.send(make_bombs() + mask(PING, b"p"))
            await sender.receive_frames(1)
            await until(lambda: room.cut_off)
            return count_waiting(room.cut_off[0].text)

    waiting, peak = measure(run, scenario())
    assert waiting < 8 * MIB
    assert peak < 24 * MIB


# The end.


def test_clients_that_have_left_are_forgotten(run):
    """Nothing is kept of a client that is gone."""

    async def scenario():
        async with broadcasting() as room, room.enter() as sender:
            for _ in range(3):
                async with room.enter():
                    pass
                await until(lambda: len(room.listener.connections) == 1)
            gone = [weakref.ref(connection) for connection in room.connections[1:]]
            room.connections.clear()
            gc.collect()
            await sender.send(mask(TEXT, b"hello"))
            return [connection() for connection in gone]

    assert run(scenario()) == [None] * 3
