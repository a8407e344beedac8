"""The mode ``echo``."""

from __future__ import annotations

import asyncio

import pytest

from wstool.services.hub.echo import EchoMode

from support.connections import listening, raw_client
from support.frames import BINARY, TEXT
from support.rooms import mask


FIN = 0x80
MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("descriptors")


def test_echo(run):
    """Every message comes back to the client that sent it, and to nobody else."""

    async def scenario():
        async with (
            listening(EchoMode()) as listener,
            raw_client(listener) as peer,
            raw_client(listener) as other,
        ):
            await peer.send(mask(TEXT, b"one") + mask(BINARY, b"two"))
            frames = await peer.receive_frames(2)
            await other.send(mask(TEXT, b"other"))
            return frames, await other.receive_frames(1)

    assert run(scenario()) == (
        [(FIN | TEXT, b"one"), (FIN | BINARY, b"two")],
        [(FIN | TEXT, b"other")],
    )


def test_echo_for_a_client_that_does_not_read(run):
    """Nothing is read from a client that doesn't read, and nothing is lost."""
    payload = bytes(1 << 16)

    async def scenario():
        async with listening(EchoMode()) as listener, raw_client(listener) as peer:
            (connection,) = listener.connections
            sent = 0
            # As long as the server reads, our own transport has nothing to keep.
            while not peer.writer.transport.get_write_buffer_size():
                peer.writer.write(mask(BINARY, payload))
                await asyncio.sleep(0.001)
                sent += 1
                assert sent < 2000
            waiting = connection.pending_bytes()
            return sent, waiting, await peer.receive_frames(sent)

    sent, waiting, frames = run(scenario())
    assert waiting < 2 * MIB
    assert frames == [(FIN | BINARY, payload)] * sent
