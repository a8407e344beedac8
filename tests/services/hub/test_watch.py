"""A mode under watch."""

from __future__ import annotations

import pytest

from wstool.services.hub.echo import EchoMode
from wstool.services.hub.watch import Watch

from support.connections import listening, raw_client
from support.frames import BINARY, TEXT
from support.rooms import mask


pytestmark = pytest.mark.usefixtures("descriptors")


def test_newest_messages(run):
    """The beginnings of the newest messages are kept, and all are handed on."""

    async def scenario():
        watch = Watch(EchoMode(), count=2)
        async with listening(watch) as listener, raw_client(listener) as peer:
            for opcode, payload in (
                (TEXT, b"old"),
                (TEXT, b"x" * 1000),
                (BINARY, b"\x00"),
            ):
                await peer.send(mask(opcode, payload))
                assert len(await peer.receive_frames(1)) == 1
            return [message[1:] for message in watch.newest]

    assert run(scenario()) == [(True, 1000, b"x" * 200), (False, 1, b"\x00")]
