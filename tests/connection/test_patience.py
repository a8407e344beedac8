"""Connections over sockets: how long they wait for a pong, and for the end."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.endpoint import Role
from wstool.connection.handler import Ending
from wstool.errors import TimedOut
from wstool.services.hub.echo import EchoMode
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import (
    BLOCK,
    connected,
    describe_ending,
    listening,
    raw_client,
    until,
)
from support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from support.pairs import write_frame


FIN = 0x80
ROLES = [pytest.param(role, id=role.value) for role in Role]

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize("role", ROLES)
def test_peer_never_answers_our_close_frame(run, role):
    """After the time limit the stream is cut, and the error names the limit."""

    async def scenario():
        async with connected(role, close_timeout=0.05) as (connection, recorder, peer):
            connection.close()
            frames = await peer.receive_until_end()
            return frames, await recorder.until_ended()

    frames, ending = run(scenario())
    assert frames == [(FIN | CLOSE, b"\x03\xe8")]
    assert isinstance(ending.error, TimedOut)
    assert describe_ending(ending) == Ending(
        "timed out waiting for the peer's close frame (--close-timeout 0.05 s)",
        None,
        Close(1000),
        False,
    )


def test_server_never_ends_the_stream(run):
    """A client cuts the stream a little after both close frames, and all is well."""

    async def scenario():
        async with connected(Role.CLIENT, close_timeout=0.05) as (_, recorder, peer):
            await peer.send(write_frame(Role.CLIENT, CLOSE, b"\x03\xe8"))
            frames = await peer.receive_until_end()
            return frames, await recorder.until_ended()

    assert run(scenario()) == (
        [(FIN | CLOSE, b"\x03\xe8")],
        Ending(None, Close(1000), Close(1000), True),
    )


@pytest.mark.parametrize("role", ROLES)
def test_peer_ends_the_stream_after_our_close_frame(run, role):
    """No close frame from the peer is no error once ours is sent."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            connection.close()
            await peer.receive_frames(1)
            peer.end()
            return await recorder.until_ended()

    assert run(scenario()) == Ending(None, None, Close(1000), False)


def test_peer_that_still_reads_when_time_is_up(run):
    """A server that is busy with what was sent before the close frame gets time."""

    async def scenario():
        async with connected(Role.CLIENT, close_timeout=0.1) as (
            connection,
            recorder,
            peer,
        ):
            connection.send(Opcode.BINARY, [BLOCK] * 400)
            connection.close()
            for _ in range(12):
                await asyncio.sleep(0.03)
                await peer.receive_frames(20)
                assert recorder.ending is None
            while (await peer.receive_frames(1))[-1][0] != FIN | CLOSE:
                assert recorder.ending is None
            await peer.send(write_frame(Role.CLIENT, CLOSE, b"\x03\xe8"))
            peer.end()
            return await recorder.until_ended()

    assert run(scenario()) == Ending(None, Close(1000), Close(1000), False)


def test_time_for_closing_rests_while_we_read_nothing(run):
    """The peer's close frame may be behind what we have not taken yet."""

    async def scenario():
        async with connected(Role.CLIENT, close_timeout=0.05) as (
            connection,
            recorder,
            peer,
        ):
            connection.pause_reading()
            connection.close()
            await peer.receive_frames(1)
            await peer.send(write_frame(Role.CLIENT, TEXT, b"late"))
            await peer.send(write_frame(Role.CLIENT, CLOSE, b"\x03\xe8"))
            await asyncio.sleep(0.15)
            assert recorder.events == []
            connection.resume_reading()
            await recorder.until_ended()
            return recorder.events

    assert run(scenario()) == [
        (Opcode.TEXT, b"late"),
        ("close", Close(1000)),
        ("ended", Ending(None, Close(1000), Close(1000), False)),
    ]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(write_frame(Role.SERVER, CLOSE, b"\x03\xe8"), id="close-frame"),
        pytest.param(write_frame(Role.SERVER, 0x3), id="violation"),
    ],
)
def test_client_that_never_takes_the_replies(run, last):
    """A client that closes, and leaves what it asked for unread, is cut off in time."""

    async def scenario():
        log = []
        async with (
            listening(EchoMode(), log=log, close_timeout=0.1) as listener,
            raw_client(listener) as peer,
        ):
            (connection,) = listener.connections
            # A little less than what would stop the server from reading.
            while connection.pending_bytes() < 45_000:
                connection.send(Opcode.BINARY, [bytes(1000)])
            messages = write_frame(Role.SERVER, BINARY, bytes(1000)) * 30
            await peer.send(messages + last)
            await until(lambda: connection.writing_is_paused)
            await until(lambda: not listener.connections)
        return [event.kind for event in log]

    assert run(scenario()) == ["opened", "closed"]


# Keep-alive.


def test_client_pings(run):
    """A client of ours pings by itself, and the peer's pong keeps it going."""

    async def scenario():
        async with connected(Role.CLIENT, ping_interval=0.02, ping_timeout=0.02) as (
            _,
            recorder,
            peer,
        ):
            for _ in range(5):
                assert await peer.receive_frames(1) == [(FIN | PING, b"")]
                await peer.send(frame(PONG))
            return recorder.ending

    assert run(scenario()) is None


def test_client_gives_up_a_silent_peer(run):
    """A server from which nothing comes after a ping is given up."""

    async def scenario():
        async with connected(Role.CLIENT, ping_interval=0.05, ping_timeout=0.03) as (
            _,
            recorder,
            peer,
        ):
            frames = await peer.receive_frames(1)
            return frames, str((await recorder.until_ended()).error)

    assert run(scenario()) == (
        [(FIN | PING, b"")],
        "timed out waiting for a pong (--ping-timeout 0.03 s)",
    )


def test_busy_line_is_alive(run):
    """A server that sends all the time and never answers a ping is not given up."""

    async def scenario():
        async with connected(Role.CLIENT, ping_interval=0.02, ping_timeout=0.02) as (
            connection,
            recorder,
            peer,
        ):
            for _ in range(30):
                await peer.send(frame(TEXT, b"busy"))
                await asyncio.sleep(0.005)
            connection.close()
            frames = await peer.receive_frames(3)
            return recorder.ending, frames[:2]

    assert run(scenario()) == (None, [(FIN | PING, b"")] * 2)


def test_paused_client_gives_nobody_up(run):
    """While we read nothing there are no pings, and the peer isn't given up."""

    async def scenario():
        async with connected(Role.CLIENT, ping_interval=0.02, ping_timeout=0.02) as (
            connection,
            recorder,
            peer,
        ):
            connection.pause_reading()
            await asyncio.sleep(0.15)
            connection.send(Opcode.TEXT, [b"alive"])
            return recorder.ending, await peer.receive_frames(1)

    assert run(scenario()) == (None, [(FIN | TEXT, b"alive")])


@pytest.mark.parametrize("role", ROLES)
def test_no_pings(run, role):
    """With an interval of 0 there are no pings, however long it takes."""

    async def scenario():
        async with connected(role, ping_interval=0) as (connection, _, peer):
            connection.check_alive(asyncio.get_running_loop().time() + 1e6)
            connection.send(Opcode.TEXT, [b"first"])
            return await peer.receive_frames(1)

    assert run(scenario()) == [(FIN | TEXT, b"first")]


@pytest.mark.parametrize("role", ROLES)
def test_no_pings_while_closing(run, role):
    """After our close frame the time limit for closing is the one that counts."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            connection.close(Close(1000))
            now = asyncio.get_running_loop().time()
            connection.check_alive(now + 100)
            connection.check_alive(now + 200)
            frames = await peer.receive_frames(1)
            return recorder.ending, frames

    assert run(scenario()) == (None, [(FIN | 0x8, b"\x03\xe8")])


@pytest.mark.parametrize(("queue", "count"), [("transport", 400), ("system", 14)])
def test_slow_reader_with_a_long_queue(run, queue, count):
    """A peer that is busy with what stands before the ping is not given up."""

    async def scenario():
        async with connected(Role.SERVER, receive_buffer=1 << 16) as (
            connection,
            recorder,
            peer,
        ):
            # A little fits into the system's buffers of our side.
            connection.send(Opcode.BINARY, [BLOCK] * count)
            assert bool(connection.pending_bytes()) is (queue == "transport")
            now = asyncio.get_running_loop().time()
            connection.check_alive(now + 20)
            for pings in range(3):
                await peer.receive_frames(3)
                # What the peer has read is acknowledged in the background.
                await asyncio.sleep(0.05)
                connection.check_alive(now + 40 + 20 * pings)
                await asyncio.sleep(0)
                assert recorder.ending is None, pings
            # It stops reading, so nothing more is acknowledged.
            await asyncio.sleep(0.05)
            connection.check_alive(now + 500)
            await asyncio.sleep(0.05)
            connection.check_alive(now + 1000)
            return str((await recorder.until_ended()).error)

    error = "timed out waiting for a pong (--ping-timeout 20 s)"
    assert run(scenario()) == error
