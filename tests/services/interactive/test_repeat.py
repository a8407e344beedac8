"""Sending a message again and again."""

from __future__ import annotations

import asyncio

from wstool.services.interactive import repeat
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode

from support.clock import ClockLoop
from support.talking import Stage, play


BATCH = Batch(Opcode.TEXT, [b"x"])


def test_count():
    """A message is sent exactly so often."""

    async def scene(stage):
        assert await repeat(stage.conversation, BATCH, 1234, 0) == 1234
        assert stage.sent == [(Opcode.TEXT, b"x")] * 1234

    play(scene)


def test_delay():
    """Between two of them there is the delay."""

    async def run():
        stage = Stage()
        await stage.open()
        task = asyncio.ensure_future(repeat(stage.conversation, BATCH, 3, 10))
        loop = asyncio.get_running_loop()
        counts = []
        for _ in range(4):
            await loop.put_forward(1)
            counts.append(len(stage.sent))
            await loop.put_forward(9)
        assert counts == [1, 2, 3, 3]
        assert await task == 3
        stage.context.feed.forget()

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(run())


def test_slow_peer():
    """A peer that doesn't read holds it up."""

    async def scene(stage):
        stage.line.writing_is_paused = True
        task = asyncio.ensure_future(repeat(stage.conversation, BATCH, 2000, 0))
        for _ in range(10):
            await asyncio.sleep(0)
        assert stage.sent == []
        stage.line.writing_is_paused = False
        stage.line.handler.writing_resumed(stage.line)
        assert await task == 2000

    play(scene)


def test_closed():
    """The end of the connection ends it, also while it waits for the peer."""

    async def scene(stage):
        stage.line.writing_is_paused = True
        task = asyncio.ensure_future(repeat(stage.conversation, BATCH, 2000, 0))
        await asyncio.sleep(0)
        stage.line.end()
        assert await task == 0

    play(scene)
