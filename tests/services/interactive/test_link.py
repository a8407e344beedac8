"""The handler of one connection."""

from __future__ import annotations

import asyncio

from wstool.services.interactive.link import Link
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.talking import Line


class Owner:
    """Keep what the connection brings."""

    def __init__(self):
        self.taken = []

    def take_batch(self, opcode, payloads):
        """Keep messages."""
        self.taken.append((opcode, payloads))

    def take_control(self, opcode, payload):
        """Keep a ping or pong."""
        self.taken.append((opcode, payload))

    def take_close(self, close, by_peer):
        """Keep a close frame."""
        self.taken.append((close, by_peer))

    def take_end(self, ending):
        """Keep the end."""
        self.taken.append(ending)


def play(scene):
    """Run a scene with a link and its connection."""

    async def run():
        owner = Owner()
        link = Link(owner, loop=asyncio.get_running_loop())
        await scene(link, Line(link), owner.taken)

    asyncio.run(asyncio.wait_for(run(), 10))


def test_passed_on():
    """All that comes is passed on, in order."""

    async def scene(link, line, taken):
        line.receive(b"a", b"b")
        link.ping_received(line, b"p")
        link.pong_received(line, b"q")
        line.close_by_peer(Close(1000))
        assert taken[:4] == [
            (Opcode.TEXT, [b"a", b"b"]),
            (Opcode.PING, b"p"),
            (Opcode.PONG, b"q"),
            (Close(1000), True),
        ]
        assert taken[4].closed_by_peer
        assert link.connection is line

    play(scene)


def test_a_turn_is_bounded():
    """A turn of the loop takes so much; then the keys have their turn."""

    async def scene(link, line, taken):
        for _ in range(3):
            line.receive(b"x" * (1 << 20))
        assert not line.reading_is_paused
        line.receive(b"x" * (1 << 20))
        assert line.reading_is_paused
        turns = 0
        while line.reading_is_paused:
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 1
        line.receive(b"x")
        await asyncio.sleep(0)
        assert not line.reading_is_paused

    play(scene)


def test_small_messages_are_work_too():
    """Very many small messages count like a few large ones."""

    async def scene(link, line, taken):
        line.receive(*[b""] * 70_000)
        assert line.reading_is_paused

    play(scene)


def test_control_frames_are_work_too():
    """Very many pings and pongs are taken in turns as well."""

    async def scene(link, line, taken):
        for _ in range(300):
            link.ping_received(line, b"")
            link.pong_received(line, b"")
        assert line.reading_is_paused
        while line.reading_is_paused:
            await asyncio.sleep(0)

    play(scene)


def test_several_holders():
    """It's read again only when nobody holds it up any more."""

    async def scene(link, line, taken):
        link.attach(line)
        link.hold("a", True)
        link.hold("b", True)
        link.hold("a", False)
        assert line.reading_is_paused
        link.hold("b", False)
        assert not line.reading_is_paused

    play(scene)


def test_held_before_there_is_a_connection():
    """What holds it up from the start does so when the connection is there."""

    async def scene(link, line, taken):
        link.hold("a", True)
        link.attach(line)
        assert line.reading_is_paused

    play(scene)


def test_cut():
    """Once cut, the connection ends and says no more."""

    async def scene(link, line, taken):
        line.receive(b"a")
        link.cut()
        line.receive(b"b")
        assert line.aborted
        assert taken == [(Opcode.TEXT, [b"a"])]

    play(scene)


def test_writable():
    """Who waits to send goes on when the peer reads, or is gone."""

    async def scene(link, line, taken):
        await link.writable()
        link.attach(line)
        for wake in (lambda: link.writing_resumed(line), lambda: line.end()):
            line.writing_is_paused = True
            waiting = asyncio.ensure_future(link.writable())
            await asyncio.sleep(0)
            assert not waiting.done()
            line.writing_is_paused = False
            wake()
            await waiting

    play(scene)
