"""The way from the input to the connection."""

from __future__ import annotations

import asyncio
import os

import pytest

from wstool.services.pipe.feeder import Feeder
from wstool.services.pipe.options import Input
from wstool.streams.framing import Encoding, Framing, make_splitter
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection


class Feeding:
    """A feeder that reads a pipe, its connection, and what it tells."""

    def __init__(self, descriptor, framing=Framing.LINES):
        self.connection = FakeConnection()
        self.said = []
        self.over = asyncio.Event()
        splitter = make_splitter(
            framing,
            opcode=Opcode.TEXT,
            encoding=Encoding.RAW,
            max_input=100,
            source="stdin",
        )
        self.feeder = Feeder(
            None if descriptor is None else Input(descriptor, splitter),
            delivery=None,
            note=self.say,
            sent=lambda: self.said.append("sent"),
            ended=lambda: self.say("ended"),
            close=self.say,
            failed=lambda error: self.say(str(error)),
        )

    @property
    def payloads(self):
        """The payloads of what was sent."""
        return [payload for _, payload in self.connection.sent]

    def say(self, what):
        """Note the end, of whatever kind."""
        self.said.append(what)
        self.over.set()

    async def run(self, initial=()):
        """Feed to the end."""
        self.feeder.start(self.connection, greeting=(), initial=initial)
        async with asyncio.timeout(10):
            await self.over.wait()


@pytest.fixture(name="source")
def make_source():
    """Make a pipe; give the reading end, and a function that writes and ends it."""
    ours, theirs = os.pipe()
    writer = os.fdopen(theirs, "wb", buffering=0)

    def write(data, *, end=True):
        writer.write(data)
        if end:
            writer.close()

    yield ours, write
    writer.close()
    os.close(ours)


def feed(descriptor, initial=(), **options):
    """Feed all of an input."""

    async def run():
        feeding = Feeding(descriptor, **options)
        await feeding.run(initial)
        return feeding

    return asyncio.run(run())


def test_arguments_then_input(source):
    """The first batches go before the input, and the end is told once all is sent."""
    ours, write = source
    write(b"b\nc")
    feeding = feed(ours, (Batch(Opcode.BINARY, [b"a"]),))

    assert feeding.connection.sent == [
        (Opcode.BINARY, b"a"),
        (Opcode.TEXT, b"b"),
        (Opcode.TEXT, b"c"),
    ]
    assert feeding.said == ["sent", "sent", "sent", "ended"]
    assert feeding.feeder.has_ended
    assert feeding.feeder.total == 3


def test_no_input():
    """Without an input there is an end at once."""
    feeding = feed(None, (Batch(Opcode.TEXT, [b"a"]),))

    assert (feeding.said, feeding.payloads) == (["sent", "ended"], [b"a"])


def test_bad_input(source):
    """Messages before a bad one are sent; then it's over, and not at the end."""
    ours, write = source
    write(b"a\n\xff\nb\n")
    feeding = feed(ours)

    assert feeding.payloads == [b"a"]
    assert feeding.said == ["sent", "stdin, line 2, byte 2: text isn't valid UTF-8"]
    assert not feeding.feeder.has_ended


def test_unreadable_input():
    """An input that can't be read is told by its name."""
    descriptor = os.open("/", os.O_RDONLY)
    try:
        feeding = feed(descriptor)
    finally:
        os.close(descriptor)

    assert feeding.said == ["stdin: can't be read: is a directory"]


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        pytest.param(b'{"type": "close", "code": 4000}', True, id="last"),
        pytest.param(
            b'{"type": "close", "code": 4000}\n{"data": "b"}\n', False, id="more"
        ),
    ],
)
def test_close_event(source, events, ended):
    """A close event is what ends it; what is behind it was not all."""
    ours, write = source
    write(b'{"data": "a"}\n{"type": "ping"}\n{"type": "pong"}\n' + events)
    feeding = feed(ours, framing=Framing.JSONL)

    assert feeding.connection.sent == [
        (Opcode.TEXT, b"a"),
        (Opcode.PING, b""),
        (Opcode.PONG, b""),
    ]
    assert feeding.said[-1] == Close(4000)
    assert feeding.feeder.has_ended is ended
    # Control frames are no messages.
    assert feeding.feeder.total == 1


def test_pause(source):
    """Nothing is read while the connection takes nothing."""
    ours, write = source

    async def run():
        feeding = Feeding(ours)
        feeding.connection.writing_is_paused = True
        feeding.feeder.start(feeding.connection, greeting=(), initial=())
        write(b"a\n")
        for _ in range(10):
            await asyncio.sleep(0)
        paused = feeding.payloads
        feeding.feeder.resume()
        async with asyncio.timeout(10):
            await feeding.over.wait()
        return paused, feeding.payloads

    assert asyncio.run(run()) == ([], [b"a"])


def test_count_out(source):
    """Messages count as out once the peer has all bytes of them."""
    ours, write = source
    write(b"abcd\nefgh\n")
    feeding = feed(ours)
    counts = []
    for taken in (0, 9, 10, 19, 20):
        feeding.connection.bytes_taken = taken
        counts.append(feeding.feeder.count_out())

    assert counts == [0, 0, 1, 1, 2]


def test_count_out_before_the_start():
    """Nothing is out before there is a connection."""

    async def run():
        return Feeding(None).feeder.count_out()

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize(
    ("data", "end", "has_ended", "total"),
    [
        pytest.param(b"", True, True, 0, id="at-its-end"),
        pytest.param(b"a\nb\n", True, False, 2, id="more"),
        pytest.param(b"unfinished", True, False, 0, id="unfinished-line"),
        pytest.param(b"", False, False, 0, id="nobody-knows"),
    ],
)
def test_wait_for_end(source, data, end, has_ended, total):
    """After a close it's seen whether there was more; what is found is not out."""
    ours, write = source

    async def run():
        feeding = Feeding(ours)
        feeding.feeder.start(feeding.connection, greeting=(), initial=())
        feeding.connection.is_open = False
        write(data, end=end)
        await feeding.feeder.wait_for_end(0.2)
        return feeding

    feeding = asyncio.run(run())
    assert feeding.payloads == []
    assert feeding.feeder.has_ended is has_ended
    assert feeding.feeder.total == total
    assert feeding.feeder.count_out() == 0
