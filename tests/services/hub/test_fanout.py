"""One message to many clients."""

from __future__ import annotations

import pytest

from wstool.services.hub.fanout import Post
from wstool.wire.opcode import Opcode

from support.frames import TEXT
from support.rooms import broadcasting


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize(
    ("include_sender", "count"), [(False, 4), (True, 6)], ids=["others", "all"]
)
def test_messages_are_counted(run, include_sender, count):
    """A delivery counts the messages sent to each, without those withheld."""

    async def scenario():
        async with (
            broadcasting(include_sender=include_sender) as room,
            room.enter(),
            room.enter(),
            room.enter() as peer,
        ):
            sender = room.connections[0]
            room.mode.batch_received(sender, Opcode.TEXT, [b"one", b"two"])
            frames = await peer.receive_frames(2)
            return frames, room.mode.delivered

    frames = [(FIN | TEXT, b"one"), (FIN | TEXT, b"two")]
    assert run(scenario()) == (frames, count)


def test_post_of_nobody(run):
    """What comes from no client here goes to all."""

    async def scenario():
        async with broadcasting() as room, room.enter() as peer:
            count = room.fanout.deliver([Post(None, Opcode.TEXT, [b"one"])])
            return await peer.receive_frames(1), count

    assert run(scenario()) == ([(FIN | TEXT, b"one")], 1)
