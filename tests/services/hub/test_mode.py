"""What all modes are."""

from __future__ import annotations

import pytest

from wstool.services.hub.mode import Mode

from support.connections import listening, raw_client
from support.frames import CLOSE, PING, PONG, TEXT
from support.rooms import mask


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


def test_mode_does_nothing(run):
    """Of its own accord a mode lets everybody in, and answers what it must."""

    async def scenario():
        mode = Mode()
        async with listening(mode) as listener, raw_client(listener) as peer:
            await mode.start()
            await peer.send(mask(TEXT, b"hello") + mask(PONG, b"") + mask(PING, b"p"))
            await peer.send(mask(CLOSE, b"\x03\xe8"))
            frames = await peer.receive_until_end()
            await mode.stop()
        return frames, mode.describe_health(), mode.delivered

    frames = [(FIN | PONG, b"p"), (FIN | CLOSE, b"\x03\xe8")]
    assert run(scenario()) == (frames, {}, 0)
