"""What is drawn of a conversation, and when."""

from __future__ import annotations

import asyncio
import re

from wstool.cli._connect.entries import Note
from wstool.cli._connect.feed import FRAME, Feed
from wstool.cli._connect.filtering import MessageFilter
from wstool.services.interactive import MessageStore
from wstool.wire.opcode import Opcode

from support.clock import ClockLoop
from support.talking import PlainPainter


class Drawn:
    """A feed on a clock of the test's, and what it has drawn frame by frame."""

    def __init__(self):
        self.frames = []
        self.behind = False
        self.store = MessageStore()
        self.loop = asyncio.get_running_loop()
        self.feed = Feed(
            PlainPainter, self.frames.append, is_behind=lambda: self.behind
        )

    def receive(self, *payloads, sent=False):
        """Let messages arrive."""
        run = self.store.add(Opcode.TEXT, list(payloads), sent=sent, time=0)
        self.feed.add_run(run)

    async def wait(self, seconds):
        """Let time pass, frame by frame."""
        await self.loop.put_forward(seconds, step=FRAME)

    def take(self):
        """Give all lines drawn since the last time."""
        text = "".join(self.frames)
        self.frames.clear()
        return text.splitlines()


def play(scene):
    """Run a scene on a loop whose clock it moves."""

    async def run():
        drawn = Drawn()
        await scene(drawn)
        drawn.feed.forget()

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(asyncio.wait_for(run(), None))


def test_pings_too_fast():
    """Pings wait for the screen up to a bound; how many more came is told."""

    async def scene(drawn):
        drawn.behind = True
        for number in range(501):
            drawn.feed.add_control(Note(f"ping {number}"))
        await drawn.wait(1)
        assert drawn.take() == []
        drawn.behind = False
        await drawn.wait(1)
        assert drawn.take()[-2:] == [
            "note: ping 499",
            "note: pings and pongs not drawn: 1",
        ]

        drawn.feed.add_control(Note("later"))
        drawn.feed.settle()
        assert drawn.take() == ["note: later"]

    play(scene)


def numbers(start, stop):
    """Make payloads that are numbers."""
    return [str(number).encode() for number in range(start, stop)]


def test_drawn_at_once():
    """The first message is drawn without a wait; those that follow share a frame."""

    async def scene(drawn):
        drawn.receive(b"a")
        await drawn.wait(FRAME)
        drawn.receive(b"b")
        drawn.receive(b"c")
        await drawn.wait(2 * FRAME)
        assert [frame.splitlines() for frame in drawn.frames] == [
            ["#1 < a"],
            ["#2 < b", "#3 < c"],
        ]

    play(scene)


def test_order():
    """Sentences stand where they were said."""

    async def scene(drawn):
        drawn.receive(b"a")
        drawn.feed.add(Note("between"))
        drawn.receive(b"b")
        await drawn.wait(FRAME)
        assert drawn.take() == ["#1 < a", "note: between", "#2 < b"]

    play(scene)


def test_flood():
    """Of too many messages the first and the last are drawn, and the rest counted."""

    async def scene(drawn):
        drawn.receive(*numbers(1, 100_001))
        await drawn.wait(FRAME)
        assert drawn.feed.is_flooded
        assert drawn.take() == [f"#{n} < {n}" for n in range(1, 21)]
        await drawn.wait(1.2)
        assert drawn.take() == [
            "note: 99975 messages not drawn: #21 to #99995",
            *[f"#{n} < {n}" for n in range(99_996, 100_001)],
        ]
        assert drawn.feed.not_drawn == 99_975

    play(scene)


def test_flood_goes_on():
    """In a long flood a few lines are drawn a second, whatever comes."""

    async def scene(drawn):
        all_lines = []
        for second in range(3):
            for _ in range(20):
                drawn.receive(*[b"x"] * 10_000)
                await drawn.wait(FRAME)
            lines = drawn.take()
            assert len(lines) <= 20 + 6, second
            all_lines += lines
        assert drawn.feed.is_flooded

        await drawn.wait(2.5)
        assert not drawn.feed.is_flooded
        all_lines += drawn.take()
        shown = sum(line.startswith("#") for line in all_lines)
        told = [int(n) for n in re.findall(r"note: (\d+) messages", str(all_lines))]
        assert drawn.feed.not_drawn == sum(told) == 600_000 - shown

    play(scene)


def test_flood_ends():
    """After a flood messages are drawn as they come again."""

    async def scene(drawn):
        drawn.receive(*numbers(1, 1001))
        await drawn.wait(2.5)
        drawn.take()
        drawn.receive(b"calm")
        await drawn.wait(FRAME)
        assert drawn.take() == ["#1001 < calm"]

    play(scene)


def test_typed_in_a_flood():
    """What the user sends and is told is drawn in a flood too."""

    async def scene(drawn):
        drawn.receive(*numbers(1, 1001))
        await drawn.wait(FRAME)
        drawn.take()
        drawn.receive(b"mine", sent=True)
        drawn.feed.add(Note("said"))
        await drawn.wait(2 * FRAME)
        assert drawn.take() == ["#1001 > mine", "note: said"]

    play(scene)


def test_repeated_messages_are_a_flood():
    """Messages sent by the hundred count like those received."""

    async def scene(drawn):
        for _ in range(10):
            drawn.receive(*[b"x"] * 500, sent=True)
        assert drawn.feed.is_flooded

    play(scene)


def test_settled():
    """The end of a connection draws what was still to come."""

    async def scene(drawn):
        drawn.receive(*numbers(1, 1001))
        drawn.feed.settle()
        lines = drawn.take()
        assert lines[20] == "note: 975 messages not drawn: #21 to #995"
        assert lines[-1] == "#1000 < 1000"
        assert not drawn.feed.is_flooded

    play(scene)


def test_terminal_is_behind():
    """While the terminal takes nothing, nothing is drawn, and nothing grows."""

    async def scene(drawn):
        drawn.behind = True
        for _ in range(100):
            drawn.receive(*[b"x"] * 1000)
        await drawn.wait(0.5)
        await drawn.wait(5)
        assert drawn.take() == []
        assert drawn.feed.is_flooded
        assert len(drawn.feed._queue) == 1
        drawn.behind = False
        await drawn.wait(FRAME)
        assert len(drawn.take()) == 20 + 1 + 5

    play(scene)


def test_large_messages():
    """A few messages that hold much memory are a flood as well."""

    async def scene(drawn):
        drawn.behind = True
        payload = b"x" * (6 << 20)
        for _ in range(40):
            drawn.receive(payload)
        await drawn.wait(2.5)
        assert drawn.feed.is_flooded
        held = [run for run in drawn.feed._queue if not isinstance(run, Note)]
        assert len(held) + len(drawn.feed._newest) <= 8
        drawn.behind = False
        await drawn.wait(2.5)
        lines = drawn.take()
        shown = sum(line.startswith("#") for line in lines)
        assert shown + drawn.feed.not_drawn == 40
        assert lines[-1].startswith("#40 < ")

    play(scene)


def test_one_large_message():
    """A single message of any size is drawn."""

    async def scene(drawn):
        drawn.receive(b"x" * (20 << 20))
        await drawn.wait(FRAME)
        assert drawn.take()[0].startswith("#1 < ")
        assert not drawn.feed.is_flooded

    play(scene)


def test_filter_in_a_flood():
    """In a flood the filter still finds what matches, and the count is right."""

    async def scene(drawn):
        drawn.feed.filter = MessageFilter("9$")
        drawn.receive(*numbers(1, 100_001))
        await drawn.wait(2.5)
        lines = drawn.take()
        assert lines[0] == "#9 < 9"
        assert lines[-1] == "#99999 < 99999"
        assert drawn.feed.hidden == 90_000
        shown = sum(line.startswith("#") for line in lines)
        assert drawn.feed.not_drawn == 10_000 - shown

        drawn.receive(*numbers(1, 100_001))
        drawn.receive(*numbers(1, 100_001))
        await drawn.wait(2.5)
        shown += sum(line.startswith("#") for line in drawn.take())
        assert drawn.feed.hidden == 270_000
        assert drawn.feed.not_drawn == 30_000 - shown

    play(scene)


def test_slow_painting():
    """What takes long to paint is spread over several frames."""

    class SlowPainter(PlainPainter):
        """Take a while for each entry."""

        def paint(self, entries, *, whole=False):
            loop = asyncio.get_running_loop()
            loop._ahead += 0.004
            return super().paint(entries, whole=whole)

    async def scene(drawn):
        drawn.feed._make_painter = SlowPainter
        drawn.receive(*numbers(1, 10))
        await drawn.wait(1)
        assert [len(frame.splitlines()) for frame in drawn.frames] == [3, 3, 3]

    play(scene)


def test_painter_is_made_late():
    """The painter, with all it imports, is made when there is something to paint."""

    async def scene(drawn):
        made = []

        def make():
            made.append(1)
            return PlainPainter()

        drawn.feed._make_painter = make
        await drawn.wait(0.5)
        assert made == []
        drawn.feed.prepare()
        drawn.receive(b"x")
        await drawn.wait(FRAME)
        assert made == [1]

    play(scene)
