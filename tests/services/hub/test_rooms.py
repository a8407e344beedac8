"""The mode `rooms`."""

from __future__ import annotations

import pytest

from support.connections import raw_client, until
from support.frames import TEXT
from support.modes import ask_for, serving_mode
from support.rooms import mask


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize("include_sender", [False, True], ids=["others", "all"])
def test_rooms(run, include_sender):
    """Who asked for the same path hears one another, and nobody else."""

    async def scenario():
        async with (
            serving_mode("rooms", include_sender=include_sender) as served,
            raw_client(served.listener, request=ask_for("/room/a")) as first,
            raw_client(served.listener, request=ask_for("/room/a?x=1")) as second,
            raw_client(served.listener, request=ask_for("/room/b")) as third,
            raw_client(served.listener, request=ask_for("/room/b")) as fourth,
        ):
            peers = (first, second, third, fourth)
            for peer in peers:
                await peer.receive_head()
            assert served.mode.describe_health()["rooms"] == 2
            await first.send(mask(TEXT, b"to a"))
            await third.send(mask(TEXT, b"to b"))
            listeners = peers if include_sender else (second, fourth)
            return [(await peer.receive_frames(1))[0][1] for peer in listeners]

    a, b = [b"to a"], [b"to b"]
    assert run(scenario()) == (a * 2 + b * 2 if include_sender else a + b)


def test_escaped_path(run):
    """A path is the same room however it is escaped."""

    async def scenario():
        async with (
            serving_mode("rooms") as served,
            raw_client(served.listener, request=ask_for("/caf%C3%A9")) as first,
            raw_client(served.listener, request=ask_for("/caf%c3%a9")) as second,
        ):
            for peer in (first, second):
                await peer.receive_head()
            await first.send(mask(TEXT, b"hello"))
            return await second.receive_frames(1)

    assert run(scenario()) == [(FIN | TEXT, b"hello")]


def test_empty_rooms_are_forgotten(run):
    """Nothing is kept of a room that everybody has left."""

    async def scenario():
        async with serving_mode("rooms") as served:
            for number in range(3):
                async with raw_client(
                    served.listener, request=ask_for(f"/{number}")
                ) as peer:
                    await peer.receive_head()
                    await peer.send(mask(TEXT, b"hello"))
            await until(lambda: not served.listener.connections)
            return served.mode._rooms

    assert run(scenario()) == {}
