"""The way from the connection to the output."""

from __future__ import annotations

import asyncio
import os
import re

import pytest

from wstool.errors import OutputFailed, OutputGone
from wstool.services.pipe.options import PipeOptions
from wstool.services.pipe.printer import Printer
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection


class Lines:
    """An output that can't carry binary messages."""

    def render_batch(self, batch):
        """Write a line for each message."""
        if batch.opcode is Opcode.BINARY:
            raise OutputFailed("stdout", "no binary")
        return b"".join(payload + b"\n" for payload in batch.payloads)

    def render_control(self, opcode, payload):
        """Write the name and the payload of a control frame."""
        return opcode.name.encode() + payload + b"\n"


class Printing:
    """A printer on a descriptor, its connection, and what it tells."""

    def __init__(self, target, **options):
        self.said = []
        self.connection = FakeConnection()
        self.printer = Printer(
            target,
            Lines(),
            PipeOptions(**options),
            satisfied=lambda: self.said.append("satisfied"),
            failed=lambda error: self.said.append(str(error)),
            paused=lambda: self.said.append("paused"),
            resumed=lambda: self.said.append("resumed"),
        )
        self.printer.start(self.connection)


@pytest.fixture(name="ends")
def make_pipe():
    """Make a pipe: to read and to write."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def print_batches(ends, batches, **options):
    """Print batches of text; give what was written and what was told."""

    async def run():
        printing = Printing(ends[1], **options)
        for batch in batches:
            printing.printer.print_batch(Opcode.TEXT, batch)
        await printing.printer.flush()
        printing.printer.discard()
        return printing

    printing = asyncio.run(run())
    return os.read(ends[0], 1000), printing


@pytest.mark.parametrize(
    ("options", "written", "received"),
    [
        pytest.param({}, b"a\nb\nc\nd\n", 4, id="all"),
        pytest.param({"reply_count": 1}, b"a\n", 1, id="one"),
        pytest.param({"reply_count": 2}, b"a\nb\n", 2, id="a-batch"),
        pytest.param({"reply_count": 3}, b"a\nb\nc\n", 3, id="into-a-batch"),
        pytest.param({"until": re.compile("c")}, b"a\nb\nc\n", 3, id="until"),
        pytest.param(
            {"reply_count": 2, "until": re.compile("c")}, b"a\nb\n", 2, id="count-first"
        ),
        pytest.param(
            {"reply_count": 3, "until": re.compile("b")}, b"a\nb\n", 2, id="until-first"
        ),
    ],
)
def test_enough(ends, options, written, received):
    """Messages up to the count or the match are written, and that is told once."""
    found, printing = print_batches(ends, [[b"a", b"b"], [b"c", b"d"]], **options)

    assert found == written
    assert printing.printer.received == received
    assert printing.printer.expectation_met is bool(options)
    assert printing.said.count("satisfied") == bool(options)


def test_not_enough(ends):
    """As long as something is missing, nothing is told."""
    _, printing = print_batches(ends, [[b"a"]], reply_count=2)

    assert not printing.printer.expectation_met
    assert printing.said == ["resumed"]


def test_output_that_does_not_fit(ends):
    """A message that the output can't carry is told, and none follows it."""

    async def run():
        printing = Printing(ends[1])
        printing.printer.print_batch(Opcode.TEXT, [b"a"])
        printing.printer.print_control(Opcode.PING, b"p")
        printing.printer.print_batch(Opcode.BINARY, [b"b"])
        printing.printer.print_batch(Opcode.TEXT, [b"c"])
        await printing.printer.flush()
        return printing.said

    assert asyncio.run(run()) == ["can't write to stdout: no binary"]
    assert os.read(ends[0], 100) == b"a\nPINGp\n"


def test_slow_output(ends):
    """A slow output stops the reading of the socket, until it takes more."""

    async def run():
        printing = Printing(ends[1])
        states = [printing.connection.reading_is_paused]
        printing.printer.print_batch(Opcode.TEXT, [b"x" * (3 << 20)])
        states.append(printing.connection.reading_is_paused)
        reading = asyncio.to_thread(read_fully, ends[0], 3 << 20)
        await reading
        await printing.printer.flush()
        states.append(printing.connection.reading_is_paused)
        return states, printing.said

    assert asyncio.run(run()) == ([False, True, False], ["paused", "resumed"])


def read_fully(descriptor, size):
    """Read so many bytes."""
    while size > 0:
        size -= len(os.read(descriptor, size))


def test_discard(ends):
    """What is dropped is counted, and reading goes on: the close frame is behind it."""

    async def run():
        printing = Printing(ends[1])
        printing.printer.print_batch(Opcode.TEXT, [b"x" * (3 << 20)])
        dropped = printing.printer.discard()
        again = printing.printer.discard()
        return dropped, again, printing.connection.reading_is_paused

    dropped, again, paused = asyncio.run(run())
    assert 1 << 20 < dropped < 3 << 20
    assert (again, paused) == (0, False)


def test_slow_reader_goes_away(ends):
    """Without a reader nothing is paused any more: the close frame is still to come."""

    async def run():
        printing = Printing(ends[1])
        printing.printer.print_batch(Opcode.TEXT, [b"x" * (3 << 20)])
        os.dup2(ends[1], ends[0])
        async with asyncio.timeout(10):
            while "the reader of stdout went away" not in printing.said:
                await asyncio.sleep(0)
        return printing.said, printing.connection.reading_is_paused

    assert asyncio.run(run()) == (
        ["paused", "resumed", "the reader of stdout went away"],
        False,
    )


def test_failure():
    """That the reader is gone is known at once, and told in a later turn."""

    async def run():
        ours, theirs = os.pipe()
        os.close(ours)
        printing = Printing(theirs)
        printing.printer.print_batch(Opcode.TEXT, [b"a"])
        at_once = printing.printer.failure, list(printing.said)
        await asyncio.sleep(0)
        os.close(theirs)
        return at_once, printing.said

    (failure, said_at_once), said = asyncio.run(run())
    assert isinstance(failure, OutputGone)
    assert (said_at_once, said) == ([], ["the reader of stdout went away"])
