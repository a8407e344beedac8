"""The mode `stream`."""

from __future__ import annotations

import asyncio
import os
import struct

import pytest

from wstool.services.hub.stream import StreamMode

from support.connections import raw_client, until
from support.frames import BINARY, TEXT
from support.modes import serving_mode


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


def make_stream(name, options, tools):
    """Make the mode, at the beginning of time."""
    return StreamMode(options, tools, clock=lambda: 0.0)


def test_interval(run_with_clock):
    """A message goes out at each tick, in turn; a later client joins in."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with (
            serving_mode(
                "stream", make=make_stream, messages=(b"a{n}", b"b{n} {time}"), every=60
            ) as served,
            raw_client(served.listener) as first,
        ):
            await loop.put_forward(130)
            early = await first.receive_frames(2)
            async with raw_client(served.listener) as second:
                await loop.put_forward(60)
                return early, await second.receive_frames(1)

    assert run_with_clock(scenario()) == (
        [(FIN | TEXT, b"a1"), (FIN | TEXT, b"b2 1970-01-01T00:00:00.000Z")],
        [(FIN | TEXT, b"a3")],
    )


def test_loop_that_was_held_up(run_with_clock):
    """Ticks that were missed are made up for at once, but not without end."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with (
            serving_mode("stream", messages=(b"{n}",), every=1) as served,
            raw_client(served.listener) as peer,
        ):
            await loop.put_forward(5, step=5)
            frames = await peer.receive_frames(5)
            await loop.put_forward(10_000, step=10_000)
            return frames, len(await peer.receive_frames(100))

    frames, count = run_with_clock(scenario())
    assert [payload for _, payload in frames] == [b"1", b"2", b"3", b"4", b"5"]
    assert count == 100


def test_nothing_without_clients(run_with_clock):
    """The stream rests as long as there is nobody."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with serving_mode("stream", messages=(b"{n}",), every=1) as served:
            await loop.put_forward(10)
            async with raw_client(served.listener) as peer:
                await loop.put_forward(1)
                first = await peer.receive_frames(1)
            await until(lambda: not served.listener.connections)
            await loop.put_forward(10)
            async with raw_client(served.listener) as peer:
                await loop.put_forward(1)
                return first + await peer.receive_frames(1)

    assert run_with_clock(scenario()) == [(FIN | TEXT, b"1"), (FIN | TEXT, b"2")]


def test_profile(run):
    """Made-up traffic has the interval and the shape of its profile."""

    async def scenario():
        async with (
            serving_mode("stream", profile="game", seed=1) as served,
            raw_client(served.listener) as peer,
        ):
            return await peer.receive_frames(3)

    frames = run(scenario())
    assert {first for first, _ in frames} == {FIN | BINARY}
    assert [struct.unpack_from("!I", payload)[0] for _, payload in frames] == [1, 2, 3]


def test_lines(run):
    """Lines go to every client, once there is one; their end ends the server."""

    async def scenario():
        ours, theirs = os.pipe()
        os.write(theirs, b"one\ntwo\nthree")
        os.close(theirs)
        try:
            async with serving_mode("stream", lines=ours) as served:
                await asyncio.sleep(0)
                assert served.ends == []
                async with raw_client(served.listener) as peer:
                    frames = await peer.receive_frames(3)
                    await until(lambda: served.ends)
                    return frames, served.ends
        finally:
            os.close(ours)

    frames, ends = run(scenario())
    assert [payload for _, payload in frames] == [b"one", b"two", b"three"]
    assert ends == [None]


def test_lines_at_an_interval(run_with_clock):
    """With an interval each tick has one line; the end comes behind the last one."""

    async def scenario():
        loop = asyncio.get_running_loop()
        ours, theirs = os.pipe()
        os.write(theirs, b"one\ntwo\n")
        os.close(theirs)
        try:
            async with (
                serving_mode("stream", lines=ours, every=60) as served,
                raw_client(served.listener) as peer,
            ):
                await loop.put_forward(61)
                first = await peer.receive_frames(1)
                await loop.put_forward(60)
                assert served.ends == []
                second = await peer.receive_frames(1)
                await loop.put_forward(60)
                return first + second, served.ends
        finally:
            os.close(ours)

    frames, ends = run_with_clock(scenario())
    assert [payload for _, payload in frames] == [b"one", b"two"]
    assert ends == [None]


def test_lines_that_are_no_text(run):
    """A line that isn't UTF-8 ends the server with an error that names it."""

    async def scenario():
        ours, theirs = os.pipe()
        os.write(theirs, b"one\n\xff\n")
        try:
            async with (
                serving_mode("stream", lines=ours) as served,
                raw_client(served.listener) as peer,
            ):
                frames = await peer.receive_frames(1)
                await until(lambda: served.ends)
                return frames, [str(error) for error in served.ends]
        finally:
            os.close(ours)
            os.close(theirs)

    frames, (problem,) = run(scenario())
    assert frames == [(FIN | TEXT, b"one")]
    assert "line 2" in problem
    assert "isn't valid UTF-8" in problem


def test_lines_wait_for_clients_who_read(run):
    """Stdin is read no faster than the fastest client takes it."""

    async def scenario():
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        chunk = (b"x" * 1023 + b"\n") * 64
        try:
            async with (
                serving_mode("stream", lines=ours) as served,
                raw_client(served.listener, receive_buffer=1 << 16) as peer,
            ):
                written = stalled = 0
                while stalled < 50:
                    try:
                        written += os.write(theirs, chunk)
                        stalled = 0
                    except BlockingIOError:
                        stalled += 1
                        await asyncio.sleep(0.01)
                    assert written < 200 << 20
                (connection,) = served.listener.connections
                assert connection.pending_bytes() < 1 << 20
                assert connection.is_open
                lines = written // 1024
                assert len(await peer.receive_frames(lines)) >= lines
                assert served.log == []
        finally:
            os.close(ours)
            os.close(theirs)

    run(scenario())
