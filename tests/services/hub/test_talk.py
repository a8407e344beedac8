"""The mode `talk`."""

from __future__ import annotations

import os

import pytest

from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode

from support.connections import raw_client, until
from support.frames import TEXT
from support.modes import serving_mode
from support.rooms import mask


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


def say(served, text, **options):
    """Say something."""
    return served.mode.say([Batch(Opcode.TEXT, [text])], **options)


def test_say(run):
    """What is said goes to all clients, or to one, and how many is told."""

    async def scenario():
        async with (
            serving_mode("talk") as served,
            raw_client(served.listener) as first,
            raw_client(served.listener) as second,
        ):
            counts = [say(served, b"all"), say(served, b"one", to=2)]
            counts += [say(served, b"none", to=3), say(served, b"last")]
            received = [
                [payload for _, payload in await first.receive_frames(2)],
                [payload for _, payload in await second.receive_frames(3)],
            ]
            return counts, received, served.log, list(served.mode.clients)

    assert run(scenario()) == (
        [2, 1, 0, 2],
        [[b"all", b"last"], [b"all", b"one", b"last"]],
        [("joined", "as #1"), ("joined", "as #2")],
        [1, 2],
    )


def test_show(run):
    """What clients send is shown with their numbers; numbers are not used again."""

    async def scenario():
        shown = []
        async with serving_mode(
            "talk", show=lambda number, batch: shown.append((number, batch))
        ) as served:
            async with raw_client(served.listener) as peer:
                await peer.send(mask(TEXT, b"one"))
                await until(lambda: shown)
            await until(lambda: not served.mode.clients)
            async with raw_client(served.listener) as peer:
                await peer.send(mask(TEXT, b"two"))
                await until(lambda: len(shown) == 2)
        return shown

    assert run(scenario()) == [
        (1, Batch(Opcode.TEXT, [b"one"])),
        (2, Batch(Opcode.TEXT, [b"two"])),
    ]


def test_pause(run):
    """While nothing can be shown nothing is read, also not from who comes then."""

    async def scenario():
        shown = []
        async with (
            serving_mode("talk", show=lambda number, _: shown.append(number)) as served,
            raw_client(served.listener) as first,
        ):
            served.mode.pause()
            async with raw_client(served.listener) as second:
                await first.send(mask(TEXT, b"a"))
                await second.send(mask(TEXT, b"b"))
                say(served, b"ping")
                await first.receive_frames(1)
                await second.receive_frames(1)
                assert shown == []
                served.mode.resume()
                await until(lambda: len(shown) == 2)

    run(scenario())


def test_lines(run):
    """Lines are said once there is a client; their end ends the server."""

    async def scenario():
        ours, theirs = os.pipe()
        os.write(theirs, b"hello\n")
        try:
            async with serving_mode("talk", lines=ours) as served:
                async with raw_client(served.listener) as peer:
                    frames = await peer.receive_frames(1)
                await until(lambda: not served.mode.clients)
                os.write(theirs, b"again\n")
                async with raw_client(served.listener) as peer:
                    frames += await peer.receive_frames(1)
                    os.close(theirs)
                    await until(lambda: served.ends)
            return frames, served.ends
        finally:
            os.close(ours)

    assert run(scenario()) == ([(FIN | TEXT, b"hello"), (FIN | TEXT, b"again")], [None])
