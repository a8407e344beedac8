"""A server's answers to polls."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.binding import bind
from wstool.services.bench.mailbox import Mailbox
from wstool.services.bench.polls import Polls
from wstool.wire.opcode import Opcode

from support.clock import ClockLoop


def play(script, *, mailbox=None, opcode=Opcode.TEXT):
    """Let a client talk with a server: ``script(polls, ask, loop)``."""

    async def run():
        loop = asyncio.get_running_loop()
        polls = Polls(opcode, mailbox)
        binding = await bind(polls.accept, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*binding.address)

        async def ask(target):
            writer.write(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            return head, int(head[9:12]), await reader.readexactly(length)

        try:
            return await script(polls, ask, loop)
        finally:
            writer.close()
            polls.abort()
            binding.close()

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(run())


def test_at_once():
    """A poll is answered at once, with what there is, on one connection."""

    async def script(polls, ask, loop):
        polls.publish([b"one", b"two"])
        bodies = []
        for since in (b"0", b"1", b"2"):
            _, status, body = await ask(b"/messages?since=" + since)
            bodies.append((status, body))
        return bodies, (await ask(b"/last"))[1:]

    bodies, last = play(script)
    assert bodies == [(200, b"one\ntwo\n"), (200, b"two\n"), (200, b"")]
    assert last == (200, b"2")


def test_head():
    """The head of a response is like that of an application's server."""

    async def script(polls, ask, loop):
        return (await ask(b"/messages?since=0"))[0]

    lines = play(script).decode().splitlines()
    names = [line.partition(":")[0] for line in lines]
    assert names == [
        "HTTP/1.1 200 OK",
        "Date",
        "Content-Type",
        "Cache-Control",
        "Access-Control-Allow-Origin",
        "Vary",
        "X-Content-Type-Options",
        "Connection",
        "Content-Length",
        "",
    ]
    assert "Content-Type: text/plain; charset=utf-8" in lines


def test_binary():
    """Binary messages are told by the type of the response."""

    async def script(polls, ask, loop):
        polls.publish([b"\xff"])
        return await ask(b"/messages?since=0")

    head, _, body = play(script, opcode=Opcode.BINARY)
    assert b"Content-Type: application/octet-stream\r\n" in head
    assert body == b"\0\0\0\1\xff"


def test_held():
    """A long poll is held until there is something."""

    async def script(polls, ask, loop):
        asked = asyncio.ensure_future(ask(b"/messages?since=0&wait=25"))
        while not polls._held:
            await asyncio.sleep(0)
        await loop.put_forward(20)
        assert not asked.done()
        polls.publish([b"one"])
        polls.publish([b"two"])
        return (await asked)[1:]

    # Both were published in one turn.
    assert play(script) == (200, b"one\ntwo\n")


def test_held_not():
    """It isn't held where there is something already."""

    async def script(polls, ask, loop):
        polls.publish([b"one"])
        return (await ask(b"/messages?since=0&wait=25"))[1:]

    assert play(script) == (200, b"one\n")


def test_held_too_long():
    """When the time that it may wait is over, the answer is empty."""

    async def script(polls, ask, loop):
        asked = asyncio.ensure_future(ask(b"/messages?since=0&wait=3"))
        # The request has to arrive before the time passes.
        while not polls._held:
            await asyncio.sleep(0)
        await loop.put_forward(2, step=0.25)
        assert not asked.done()
        await loop.put_forward(2, step=0.25)
        first = (await asked)[1:]
        # The next one has all of its time again.
        asked = asyncio.ensure_future(ask(b"/messages?since=0&wait=3"))
        await loop.put_forward(2, step=0.25)
        assert not asked.done()
        await loop.put_forward(2, step=0.25)
        return first, (await asked)[1:]

    assert play(script) == ((200, b""), (200, b""))


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        (b"/", 404, b"no such page"),
        (b"/messages?since=x", 400, b"can't be read"),
        (b"/messages?since=-1", 400, b"no message by that number"),
        (b"/messages?since=1", 400, b"no message by that number"),
        (b"/messages?since=0&wait=x", 400, b"can't be read"),
        (b"/messages?" + b"a=1&" * 20, 400, b"can't be read"),
    ],
)
def test_wrong(target, status, words):
    """What can't be answered is refused, and the connection stays."""

    async def script(polls, ask, loop):
        wrong = await ask(target)
        return wrong, await ask(b"/last")

    wrong, right = play(script)
    assert wrong[1] == status
    assert words in wrong[2]
    assert right[1] == 200


def test_forgotten():
    """Messages that aren't kept any more are gone, which isn't the same as empty."""
    mailbox = Mailbox(Opcode.TEXT, limit=100)

    async def script(polls, ask, loop):
        for _ in range(10):
            polls.publish([b"x" * 50])
        return (await ask(b"/messages?since=0"))[1:]

    assert play(script, mailbox=mailbox) == (
        410,
        b"these messages aren't kept any more\n",
    )


def test_held_and_gone():
    """A client that leaves while it waits is forgotten."""

    async def script(polls, ask, loop):
        asked = asyncio.ensure_future(ask(b"/messages?since=0&wait=25"))
        while not polls._held:
            await asyncio.sleep(0)
        asked.cancel()
        polls.abort()
        while polls._held or polls._sessions:
            await asyncio.sleep(0)
        polls.publish([b"one"])

    play(script)
