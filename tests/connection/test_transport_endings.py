"""Connections over sockets: how they end without a closing handshake."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.endpoint import Role
from wstool.connection.handler import Ending
from wstool.errors import ConnectionLost, TimedOut
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import (
    BLOCK,
    ConnectionRecorder,
    connected,
    describe_ending,
    echo,
    fill,
)
from support.frames import BINARY, CLOSE, CONTINUATION, TEXT
from support.pairs import write_frame


FIN = 0x80
ROLES = [pytest.param(role, id=role.value) for role in Role]

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("frames", "text"),
    [
        pytest.param([], "", id="between-messages"),
        pytest.param([(TEXT, b"x", {})], "", id="after-a-message"),
        pytest.param(
            [(TEXT, b"x", {"fin": False})],
            " in the middle of a message",
            id="between-fragments",
        ),
        pytest.param(
            [(TEXT, b"x", {"fin": False}), (CONTINUATION, b"y", {})],
            "",
            id="after-fragments",
        ),
    ],
)
def test_peer_ends_the_stream(run, role, frames, text):
    """An end of the stream without a close frame is 1006, and says where it was."""

    async def scenario():
        async with connected(role) as (_, recorder, peer):
            for opcode, payload, bits in frames:
                await peer.send(write_frame(role, opcode, payload, **bits))
            peer.end()
            received = await peer.receive_until_end()
            return received, await recorder.until_ended()

    received, ending = run(scenario())
    assert received == []
    assert isinstance(ending.error, ConnectionLost)
    assert describe_ending(ending) == Ending(
        "connection lost without a close frame (1006): "
        f"the peer ended the stream{text}",
        None,
        None,
        False,
    )


@pytest.mark.parametrize("role", ROLES)
def test_half_closed_peer_gets_the_replies(run, role):
    """A peer that ends its direction still gets what was on its way to it."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with connected(role, recorder) as (connection, _, peer):
            count = await fill(connection)
            await peer.send(write_frame(role, TEXT, b"last"))
            peer.end()
            frames = await peer.receive_frames(count)
            frames += await peer.receive_until_end()
            await recorder.until_ended()
            return count, frames

    count, frames = run(scenario())
    assert frames == [*[(FIN | BINARY, BLOCK)] * count, (FIN | TEXT, b"last")]


@pytest.mark.parametrize("role", ROLES)
def test_half_closed_peer_that_never_reads(run, role):
    """A peer that ends its direction and takes nothing is cut off in time."""

    async def scenario():
        async with connected(role, close_timeout=0.05) as (connection, recorder, peer):
            await fill(connection)
            peer.end()
            ending = await recorder.until_ended()
            return describe_ending(ending).error

    assert run(scenario()) == (
        "connection lost without a close frame (1006): the peer ended the stream"
    )


@pytest.mark.parametrize("role", ROLES)
def test_sending_to_a_half_closed_peer(run, role):
    """What is sent after the end of the peer's stream is dropped without a word."""

    async def scenario():
        async with connected(role, close_timeout=0.1) as (connection, recorder, peer):
            await fill(connection)
            peer.end()
            while recorder.ending is None:
                connection.send(Opcode.TEXT, [b"late"])
                connection.send_serialized(b"late")
                await asyncio.sleep(0.005)

    run(scenario())


@pytest.mark.parametrize("role", ROLES)
def test_reset(run, role):
    """A reset connection is lost, in the system's words."""

    async def scenario():
        async with connected(role) as (_, recorder, peer):
            peer.reset()
            return describe_ending(await recorder.until_ended())

    assert run(scenario()) == Ending(
        "connection lost without a close frame (1006): connection reset by peer",
        None,
        None,
        False,
    )


@pytest.mark.parametrize("role", ROLES)
def test_violation(run, role):
    """A violation sends a close frame and ends our direction; the peer's is awaited."""

    async def scenario():
        async with connected(role) as (_, recorder, peer):
            await peer.send(write_frame(role, 0x3, b"odd"))
            frames = await peer.receive_until_end()
            await peer.send(BLOCK * 10)
            assert recorder.ending is None
            peer.end()
            ending = await recorder.until_ended()
            return frames, describe_ending(ending)

    text = "opcode 0x3 is reserved for further data frames"
    assert run(scenario()) == (
        [(FIN | CLOSE, b"\x03\xea" + text.encode())],
        Ending(
            f"the peer broke the protocol: {text} (RFC 6455, 5.2)",
            None,
            Close(1002, text),
            False,
        ),
    )


@pytest.mark.parametrize("role", ROLES)
def test_peer_goes_on_after_a_violation(run, role):
    """A peer that doesn't end its stream after a violation is cut off in time."""

    async def scenario():
        async with connected(role, close_timeout=0.05) as (_, recorder, peer):
            await peer.send(write_frame(role, 0x3))
            await recorder.until_ended()
            return recorder.events

    ((_, ending),) = run(scenario())
    assert ending.error.section == "RFC 6455, 5.2"


@pytest.mark.parametrize("role", ROLES)
def test_message_too_big(run, role):
    """A message over the limit ends in 1009, and the error names the option."""

    async def scenario():
        async with connected(role, max_size=10) as (_, recorder, peer):
            await peer.send(write_frame(role, TEXT, b"x" * 11))
            frames = await peer.receive_until_end()
            peer.end()
            return frames, describe_ending(await recorder.until_ended()).error

    text = "message of at least 11 bytes is over the limit of 10 bytes"
    assert run(scenario()) == (
        [(FIN | CLOSE, b"\x03\xf1" + text.encode())],
        f"{text}; --max-size sets the limit",
    )


@pytest.mark.parametrize("role", ROLES)
def test_abort(run, role):
    """An aborted connection ends at once, with the error that was given first."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            connection.abort(TimedOut("in all", 1, "--max-time"))
            connection.abort(ConnectionLost("later"))
            connection.send(Opcode.TEXT, [b"dropped"])
            ending = await recorder.until_ended()
            return await peer.receive_until_end(), describe_ending(ending).error

    assert run(scenario()) == ([], "timed out in all (--max-time 1 s)")


def test_aborted_client_sends_no_more(run):
    """What an aborted client has counted as not gone out doesn't go out later."""

    async def scenario():
        async with connected(Role.CLIENT) as (connection, recorder, peer):
            await fill(connection)
            connection.abort()
            await recorder.until_ended()
            left = connection.unacknowledged_bytes()
            with pytest.raises(ConnectionResetError):
                await peer.receive_until_end()
            return 0 < left <= connection.bytes_sent

    assert run(scenario())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("paused", [False, True], ids=["reading", "paused"])
def test_after_the_end(run, role, paused):
    """Whatever is called after the end does no harm, and the end comes once."""

    async def scenario():
        async with connected(role) as (connection, recorder, _):
            if paused:
                connection.pause_reading()
            connection.abort()
            await recorder.until_ended()
            connection.send(Opcode.TEXT, [b"late"])
            connection.send_serialized(b"late")
            connection.send_ping(b"late")
            connection.close()
            connection.pause_reading()
            connection.resume_reading()
            connection.check_alive(asyncio.get_running_loop().time() + 1000)
            connection.abort()
            assert connection.pending_bytes() == 0
            assert not connection.is_open
            await asyncio.sleep(0)
            return [name for name, _ in recorder.events]

    assert run(scenario()) == ["ended"]
