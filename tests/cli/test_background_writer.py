"""Writing in the background."""

from __future__ import annotations

import asyncio
import threading

from wstool.cli._background_writer import BackgroundWriter
from wstool.errors import OutputGone


class Slow:
    """What writes, once it may."""

    def __init__(self):
        self.may = threading.Event()
        self.data = b""

    def write(self, data):
        """Write."""
        assert self.may.wait(10)
        self.data += data


async def make(write):
    """Make a writer; give it and what it says."""
    said = asyncio.Queue()
    writer = BackgroundWriter(
        write,
        pause=lambda: said.put_nowait("pause"),
        resume=lambda: said.put_nowait("resume"),
        fail=lambda error: said.put_nowait(error),
    )
    return writer, said


def test_order():
    """All is written, in order."""

    async def scenario():
        slow = Slow()
        writer, said = await make(slow.write)
        for number in range(100):
            writer.write(b"%d " % number)
        slow.may.set()
        assert writer.close() == 0
        assert slow.data == b"".join(b"%d " % number for number in range(100))
        assert said.empty()

    asyncio.run(scenario())


def test_pause():
    """Where too much waits, a pause is asked for, until it is written."""

    async def scenario():
        slow = Slow()
        writer, said = await make(slow.write)
        for _ in range(9):
            writer.write(bytes(1 << 20))
        assert said.get_nowait() == "pause"
        slow.may.set()
        assert await asyncio.wait_for(said.get(), 10) == "resume"
        writer.close()
        assert len(slow.data) == 9 << 20

    asyncio.run(scenario())


def test_failure():
    """What ends the writing is told, and nothing is kept after it."""

    async def scenario():
        def fail(data):
            raise OutputGone("stdout")

        writer, said = await make(fail)
        writer.write(b"a")
        assert isinstance(await asyncio.wait_for(said.get(), 10), OutputGone)
        writer.write(b"b")
        writer.close()

    asyncio.run(scenario())


def test_reader_that_never_reads():
    """Nobody waits long for a reader that doesn't read."""

    async def scenario():
        slow = Slow()
        writer, _ = await make(slow.write)
        writer.write(b"a")
        assert writer.close(patience=0.01) == 1
        assert slow.data == b""
        slow.may.set()

    asyncio.run(scenario())
