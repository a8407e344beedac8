"""The state of a conversation, from one connection to the next."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import (
    ClosedWithError,
    ConnectionLost,
)
from wstool.services.interactive import Phase
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.conversing import converse
from support.talking import Line


LOST = ConnectionLost("gone")
HELLO = Batch(Opcode.TEXT, [b"hello"])


def test_messages():
    """Messages of both directions are numbered in one row, counted and shown."""

    async def scene(talk):
        await talk.open()
        assert talk.conversation.send(HELLO)
        talk.line.receive(b"a", b"bc")

        assert talk.line.sent == [(Opcode.TEXT, b"hello")]
        assert [(r.first, r.sent, r.payloads) for r in talk.view.runs] == [
            (1, True, [b"hello"]),
            (2, False, [b"a", b"bc"]),
        ]
        counters = talk.conversation.counters
        assert (counters.messages_sent, counters.bytes_sent) == (1, 5)
        assert (counters.messages_received, counters.bytes_received) == (2, 3)

    converse(scene)


def test_messages_before_the_dialer_is_done():
    """What comes right behind the handshake isn't lost, and comes after the opening."""

    async def scene(talk):
        async def dial(handler):
            line = Line(handler)
            line.receive(b"early")
            assert talk.view.steps == ["opened"]
            await asyncio.sleep(0)
            return line

        talk.conversation.connect(dial)
        await talk.conversation.wait_until(Phase.OPEN)
        await asyncio.sleep(0)
        assert talk.view.runs[0].payloads == [b"early"]
        assert talk.view.steps == ["opened"]

    converse(scene)


def test_closed_before_the_dialer_is_done():
    """What is open already is closed politely, though the dialer has not returned."""

    async def scene(talk):
        returns = asyncio.Event()

        async def dial(handler):
            talk.lines.append(Line(handler))
            talk.line.receive(b"early")
            await returns.wait()
            return talk.line

        talk.conversation.connect(dial)
        await talk.conversation.wait_until(Phase.OPEN)
        talk.conversation.close()
        assert talk.conversation.phase is Phase.CLOSING
        assert talk.line.closed_with == Close(1000, "done")
        talk.line.answer_close()
        returns.set()
        await asyncio.sleep(0)
        assert talk.conversation.phase is Phase.CLOSED
        await talk.conversation.leave()

    converse(scene)


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.CONNECTING, Phase.CLOSED])
def test_not_sent(phase):
    """Without an open connection nothing is sent, and that's said."""

    async def scene(talk):
        if phase is Phase.CONNECTING:
            talk.conversation.connect(talk.dial)
        elif phase is Phase.CLOSED:
            await talk.open()
            talk.line.end()
        conversation = talk.conversation
        assert conversation.phase is phase
        assert not conversation.send(HELLO)
        assert not conversation.send_fragments(HELLO, 2)
        assert not conversation.ping(b"x")
        assert not conversation.pong(b"x")
        assert conversation.store.count == 0
        conversation.abandon()

    converse(scene)


def test_round_trip():
    """A pong is told with the time since its ping, in the loop's clock."""

    async def scene(talk):
        await talk.open()
        assert talk.conversation.ping(b"a")
        await asyncio.get_running_loop().put_forward(2)
        talk.line.handler.pong_received(talk.line, b"a")
        talk.line.handler.pong_received(talk.line, b"b")
        talk.line.handler.ping_received(talk.line, b"c")

        assert talk.view.controls == [
            (Opcode.PONG, b"a", True),
            (Opcode.PONG, b"b", False),
            (Opcode.PING, b"c", False),
        ]
        assert 2 <= talk.conversation.round_trips.last < 3

    converse(scene)


def test_keepalive_round_trip():
    """The pings of keep-alive, which nobody asked for, are measured as well."""

    async def scene(talk):
        await talk.open()
        talk.conversation.note_written(b"\x81\x80mask")
        talk.line.send_ping()
        talk.line.handler.pong_received(talk.line, b"")
        assert talk.view.controls == [(Opcode.PONG, b"", True)]
        assert talk.conversation.counters.pings_sent == 1
        assert talk.conversation.counters.wire_sent == 6

    converse(scene)


@pytest.mark.parametrize(
    ("close", "error"),
    [
        (Close(1001, "bye"), None),
        (Close(), None),
        (Close(4000), ClosedWithError),
    ],
)
def test_closed_by_the_peer(close, error):
    """The peer's close ends it, with an error if its code means one."""

    async def scene(talk):
        await talk.open()
        talk.line.close_by_peer(close)

        conversation = talk.conversation
        assert conversation.phase is Phase.CLOSED
        assert conversation.ending.close_received == close
        assert talk.view.steps == ["opened", "ended"]
        if error is None:
            await conversation.leave()
        else:
            with pytest.raises(error):
                await conversation.leave()

    converse(scene)


def test_closed_by_us():
    """We close with what we were told to, and wait for the answer."""

    async def scene(talk):
        await talk.open()
        leaving = asyncio.ensure_future(talk.conversation.leave())
        await asyncio.sleep(0)
        assert talk.conversation.phase is Phase.CLOSING
        assert talk.line.closed_with == Close(1000, "done")
        talk.line.answer_close()
        await leaving

    converse(scene)


def test_impatient_leaving():
    """Who wants to leave soon doesn't wait for a peer that doesn't close."""

    async def scene(talk):
        await talk.open()
        leaving = asyncio.ensure_future(talk.conversation.leave(limit=3))
        await asyncio.get_running_loop().put_forward(2)
        assert not leaving.done()
        await asyncio.get_running_loop().put_forward(2)
        await leaving
        assert talk.line.aborted

    converse(scene)


def test_dialing_is_given_up():
    """An attempt that takes long can be given up."""

    async def scene(talk):
        given_up = []

        async def dial(handler):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                given_up.append(True)
                raise

        talk.conversation.connect(dial)
        await asyncio.sleep(0)
        talk.conversation.close()
        await asyncio.sleep(0)
        assert given_up == [True]
        assert talk.conversation.phase is Phase.CLOSED

    converse(scene)


def test_switch():
    """Another connection comes after a polite end of the one there is."""

    async def scene(talk):
        await talk.open()
        first = talk.line
        switching = asyncio.ensure_future(talk.conversation.switch())
        await asyncio.sleep(0)
        first.answer_close()
        await switching
        await talk.conversation.wait_until(Phase.OPEN)
        assert talk.line is not first
        assert talk.conversation.counters.connections == 2

    converse(scene)


def test_old_connection_is_silent():
    """What is cut off has no say any more."""

    async def scene(talk):
        await talk.open()
        first = talk.line
        await talk.open()
        first.receive(b"late")
        assert first.aborted
        assert talk.view.runs == []
        assert talk.conversation.phase is Phase.OPEN

    converse(scene)
