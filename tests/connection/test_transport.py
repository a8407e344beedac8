"""Connections over sockets: how they close."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.endpoint import Role
from wstool.connection.handler import Ending
from wstool.connection.options import Observer
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import (
    BLOCK,
    ConnectionRecorder,
    connected,
    dialed,
    echo,
    fill,
    listening,
    until,
)
from support.frames import BINARY, CLOSE, TEXT, frame
from support.pairs import write_frame


FIN = 0x80
BYE = b"\x0f\xa0bye"
ROLES = [pytest.param(role, id=role.value) for role in Role]

pytestmark = pytest.mark.usefixtures("descriptors")


def test_both_sides_are_ours(run):
    """A client and a server of ours talk, close, and both know how it ended."""

    async def scenario():
        server, client = ConnectionRecorder(echo), ConnectionRecorder()
        async with (
            listening(server) as listener,
            dialed(listener.url, client) as (connection, _),
        ):
            connection.send(Opcode.TEXT, [b"one", b"two"])
            connection.send(Opcode.BINARY, [b"three"])
            await client.until(lambda: len(client.messages) == 3)
            connection.close(Close(4000, "bye"))
            await client.until_ended()
            await server.until_ended()
        return client.events, server.events

    client, server = run(scenario())
    messages = [(Opcode.TEXT, b"one"), (Opcode.TEXT, b"two"), (Opcode.BINARY, b"three")]
    assert client == [
        *messages,
        ("close", Close(4000)),
        ("ended", Ending(None, Close(4000), Close(4000, "bye"), False)),
    ]
    assert server == [
        *messages,
        ("close", Close(4000, "bye")),
        ("ended", Ending(None, Close(4000, "bye"), Close(4000), True)),
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("payload", [BYE, b""], ids=["4000", "no-code"])
def test_peer_closes(run, role, payload):
    """The peer's close frame is answered; then the server ends the stream (7.1.1)."""

    async def scenario():
        async with connected(role, close_timeout=1000) as (_, recorder, peer):
            await peer.send(write_frame(role, CLOSE, payload))
            frames = await peer.receive_frames(1)
            if role is Role.SERVER:
                frames += await peer.receive_until_end()
            else:
                assert recorder.ending is None
                peer.end()
                await peer.receive_until_end()
            return frames, await recorder.until_ended()

    code = 4000 if payload else None
    assert run(scenario()) == (
        [(FIN | CLOSE, payload[:2])],
        Ending(None, Close(code, "bye" if payload else ""), Close(code), True),
    )


@pytest.mark.parametrize("role", ROLES)
def test_we_close(run, role):
    """Our close frame is answered by the peer's, and then the stream ends."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            connection.close(Close(4000, "bye"))
            frames = await peer.receive_frames(1)
            assert (connection.is_open, connection.is_closing) == (False, True)
            await peer.send(write_frame(role, CLOSE, b"\x0f\xa1other"))
            if role is Role.CLIENT:
                peer.end()
            return frames, await recorder.until_ended()

    assert run(scenario()) == (
        [(FIN | CLOSE, BYE)],
        Ending(None, Close(4001, "other"), Close(4000, "bye"), False),
    )


@pytest.mark.parametrize("role", ROLES)
def test_what_was_sent_before_the_close_frame_arrives(run, role):
    """Nothing that waits is lost when we close."""

    async def scenario():
        async with connected(role) as (connection, recorder, peer):
            count = await fill(connection)
            connection.close()
            frames = await peer.receive_frames(count + 1)
            await peer.send(write_frame(role, CLOSE, b"\x03\xe8"))
            peer.end()
            await recorder.until_ended()
            return count, frames

    count, frames = run(scenario())
    assert frames == [*[(FIN | BINARY, BLOCK)] * count, (FIN | CLOSE, b"\x03\xe8")]


def test_observer(run):
    """An observer sees the bytes of both directions behind the opening handshake."""

    async def scenario():
        received, sent = [], []
        observer = Observer(bytes_received=received.append, bytes_sent=sent.append)
        async with connected(Role.CLIENT, observer=observer) as (
            connection,
            recorder,
            peer,
        ):
            connection.send(Opcode.BINARY, [b"one", BLOCK])
            await peer.receive_frames(2)
            await peer.send(frame(TEXT, b"two"))
            await recorder.until(lambda: recorder.messages == [b"two"])
            assert connection.bytes_sent == len(b"".join(sent))
        return b"".join(received), b"".join(sent)

    received, sent = run(scenario())
    assert received == frame(TEXT, b"two")
    keys = sent[2:6], sent[13 + 4 : 13 + 8]
    assert sent[:9] == frame(BINARY, b"one", masking_key=sent[2:6])
    assert sent[9:] == frame(BINARY, BLOCK, masking_key=sent[19:23]), keys


def test_observed_pings(run_with_clock):
    """An observer is told of each ping before it goes out, of the keep-alive's too."""

    async def scenario():
        loop = asyncio.get_running_loop()
        pings, sent = [], []
        observer = Observer(
            bytes_sent=lambda data: sent.append(list(pings)), ping_sent=pings.append
        )
        async with connected(Role.CLIENT, observer=observer, ping_interval=5) as (
            connection,
            *_,
        ):
            connection.send_ping(b"mine")
            connection.send_pong(b"unasked")
            await loop.put_forward(5)
            await until(lambda: len(sent) == 3)
            return sent

    assert run_with_clock(scenario()) == [
        [b"mine"],
        [b"mine"],
        [b"mine", b""],
    ]
