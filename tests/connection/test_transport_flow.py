"""Connections over sockets: flow control in both directions."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.endpoint import Role
from wstool.wire.deflate import Deflater
from wstool.wire.opcode import Opcode

from support.connections import BLOCK, ConnectionRecorder, connected, fill
from support.frames import BINARY, PING, PONG, TEXT
from support.memory import measure
from support.pairs import write_frame


FIN = 0x80
MIB = 1 << 20
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
ROLES = [pytest.param(role, id=role.value) for role in Role]

pytestmark = pytest.mark.usefixtures("descriptors")


# A peer that reads slowly.


@pytest.mark.parametrize("role", ROLES)
def test_slow_peer_pauses_sending(run, role):
    """The handler hears when the peer takes no more, and when it takes more again."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            count = await fill(connection)
            assert recorder.events == [("writing", "paused")]
            frames = await peer.receive_frames(count)
            await recorder.until(lambda: len(recorder.events) == 2)
            assert not connection.writing_is_paused
            return list(recorder.events), set(frames)

    assert run(scenario()) == (
        [("writing", "paused"), ("writing", "resumed")],
        {(FIN | BINARY, BLOCK)},
    )


# A reader of ours that is slow.


@pytest.mark.parametrize("role", ROLES)
def test_pause_stops_the_peer(run, role):
    """While we have paused, the peer can't send more than the system's buffers take."""

    async def scenario():
        sent = 0
        async with connected(role) as (connection, recorder, peer):
            connection.pause_reading()
            message = write_frame(role, BINARY, BLOCK)
            # What is written goes to the system's buffers, then to the transport's.
            while not peer.writer.transport.get_write_buffer_size():
                peer.writer.write(message)
                await asyncio.sleep(0)
                sent += 1
                assert sent * len(BLOCK) < 100 * MIB
            assert recorder.events == []
            connection.resume_reading()
            await recorder.until(lambda: len(recorder.messages) == sent)
            return set(recorder.messages)

    messages, peak = measure(run, scenario())
    assert messages == {BLOCK}
    assert peak < 100 * MIB


@pytest.mark.parametrize("role", ROLES)
def test_pause_holds_at_once(run, role):
    """A handler that pauses gets nothing more, not even what is read already."""

    async def scenario():
        def pause(connection, opcode, payloads):
            connection.pause_reading()

        async with connected(role, ConnectionRecorder(pause)) as (
            connection,
            recorder,
            peer,
        ):
            messages = [(TEXT, b"one"), (BINARY, b"two"), (TEXT, b"three")]
            data = b"".join(write_frame(role, *message) for message in messages)
            await peer.send(data + write_frame(role, PING, b"p"))
            heard = []
            for count in (1, 2, 3):
                await recorder.until(lambda count=count: len(recorder.events) == count)
                await asyncio.sleep(0)
                heard.append(len(recorder.events))
                connection.resume_reading()
            assert await peer.receive_frames(1) == [(FIN | PONG, b"p")]
            return heard, list(recorder.events)

    assert run(scenario()) == (
        [1, 2, 3],
        [
            (Opcode.TEXT, b"one"),
            (Opcode.BINARY, b"two"),
            (Opcode.TEXT, b"three"),
            ("ping", b"p"),
        ],
    )


def make_bombs(count):
    """Make compressed messages of 1 MiB each, of a kibibyte on the wire."""
    deflater = Deflater(window_bits=15, context_takeover=False)
    payload = deflater.compress(bytes(MIB))
    return write_frame(Role.SERVER, BINARY, payload, rsv=0b100) * count


def test_bombs_for_a_paused_connection(run):
    """Messages that inflate a thousandfold are not inflated during a pause."""

    async def scenario():
        def pause(connection, opcode, payloads):
            connection.pause_reading()

        recorder = ConnectionRecorder(pause)
        async with connected(Role.SERVER, recorder, DEFLATE) as (connection, _, peer):
            await peer.send(make_bombs(200))
            await recorder.until(lambda: recorder.events)
            first = len(recorder.events)
            for _ in range(3):
                connection.resume_reading()
            return first, len(recorder.events)

    (first, total), peak = measure(run, scenario())
    assert (first, total) == (1, 4)
    assert peak < 20 * MIB


def test_bombs_for_an_echo(run):
    """A peer that sends bombs and takes no replies is paused inside one read."""

    async def scenario():
        class Echo(ConnectionRecorder):
            def writing_paused(self, connection):
                connection.pause_reading()
                super().writing_paused(connection)

        recorder = Echo(lambda connection, *batch: connection.send(*batch))
        async with connected(
            Role.SERVER, recorder, DEFLATE, compress_min=1 << 40, receive_buffer=4096
        ) as (_, _, peer):
            await peer.send(make_bombs(200))
            await recorder.until(lambda: ("writing", "paused") in recorder.events)
            return len(recorder.messages)

    count, peak = measure(run, scenario())
    assert count < 20
    assert peak < 60 * MIB
