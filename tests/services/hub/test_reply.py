"""The mode `reply`."""

from __future__ import annotations

import pytest

from wstool.services.hub.reply import ReplyMode

from support.connections import listening, raw_client
from support.frames import BINARY, TEXT
from support.rooms import mask


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


def replying(*replies):
    """Run a server that replies, at the beginning of time."""
    return listening(ReplyMode(replies, clock=lambda: 0.0), compression=False)


def test_in_turn(run):
    """Replies come in turn, for each client from the first one on."""

    async def scenario():
        async with (
            replying(b"a{n}", b"b{n} {message}") as listener,
            raw_client(listener) as first,
            raw_client(listener) as second,
        ):
            await first.send(mask(TEXT, b"x") * 2)
            await first.send(mask(TEXT, b"y"))
            await second.send(mask(TEXT, b"z"))
            return await first.receive_frames(3), await second.receive_frames(1)

    first, second = run(scenario())
    assert [payload for _, payload in first] == [b"a1", b"b2 x", b"a3"]
    assert second == [(FIN | TEXT, b"a1")]


def test_filled_in(run):
    """Values of the message and the time are filled in."""

    async def scenario():
        async with (
            replying(b'{"re": {json.id}, "at": "{time}"}') as listener,
            raw_client(listener) as peer,
        ):
            await peer.send(mask(TEXT, b'{"id": [1]}'))
            return await peer.receive_frames(1)

    assert run(scenario()) == [
        (FIN | TEXT, b'{"re": [1], "at": "1970-01-01T00:00:00.000Z"}')
    ]


def test_binary(run):
    """A reply that isn't UTF-8 is binary, the others in the same read are text."""

    async def scenario():
        async with replying(b"{message}") as listener, raw_client(listener) as peer:
            await peer.send(mask(BINARY, b"\xff") + mask(BINARY, b"a"))
            return await peer.receive_frames(2)

    assert run(scenario()) == [(FIN | BINARY, b"\xff"), (FIN | TEXT, b"a")]


def test_clients_that_have_left_are_forgotten(run):
    """Nothing is kept of a client that is gone."""

    async def scenario():
        mode = ReplyMode((b"x",))
        async with listening(mode) as listener:
            async with raw_client(listener) as peer:
                await peer.send(mask(TEXT, b"a"))
                await peer.receive_frames(1)
                peer.end()
                await peer.receive_until_end()
            return mode._counts

    assert run(scenario()) == {}
