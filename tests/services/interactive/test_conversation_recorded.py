"""What a conversation records."""

from __future__ import annotations

import asyncio
import json

import pytest

from wstool.errors import (
    ClosedWithError,
    ConnectionLost,
    OutputFailed,
    TimedOut,
)
from wstool.services.interactive.transcript import Transcript
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.conversing import converse


LOST = ConnectionLost("gone")
HELLO = Batch(Opcode.TEXT, [b"hello"])


def record(talk, path):
    """Record a conversation to a file."""
    conversation = talk.conversation
    conversation.record(
        Transcript(str(path), held=conversation.hold_reading, failed=lambda _: None)
    )


def test_recorded(tmp_path):
    """The transcript has both directions, control frames, both closes and errors."""

    async def scene(talk):
        record(talk, tmp_path / "log")
        await talk.open()
        talk.conversation.send(HELLO)
        talk.line.receive(b"\x00", opcode=Opcode.BINARY)
        talk.line.handler.ping_received(talk.line, b"p")
        talk.conversation.ping(b"q")
        talk.conversation.pong(b"r")
        talk.line.close_by_peer(Close(4000, "no"))
        with pytest.raises(ClosedWithError):
            await talk.conversation.leave()

    converse(scene)
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [
        (
            e.get("direction"),
            e["type"],
            e.get("data") or e.get("base64") or e.get("code"),
        )
        for e in events
    ] == [
        ("received", "open", None),
        ("sent", "text", "hello"),
        ("received", "binary", "AA=="),
        ("received", "ping", "p"),
        ("sent", "pong", "p"),
        ("sent", "ping", "q"),
        ("sent", "pong", "r"),
        ("received", "close", 4000),
        ("sent", "close", 4000),
        (None, "error", None),
    ]
    assert events[-1]["message"].startswith("the peer closed the connection: 4000")


def test_our_close_is_recorded(tmp_path):
    """Our close frame is recorded when it's sent, the answer when it comes."""

    async def scene(talk):
        record(talk, tmp_path / "log")
        await talk.open()
        talk.conversation.close(Close(1001, "bye"))
        talk.line.answer_close()
        await talk.conversation.leave()

    converse(scene)
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()][
        1:
    ]
    assert [(e["direction"], e["code"], e.get("reason")) for e in events] == [
        ("sent", 1001, "bye"),
        ("received", 1001, ""),
    ]


def test_transcript_fails():
    """A transcript that isn't whole is an error, unless there was a worse one."""

    async def scene(talk):
        record(talk, "/dev/full")
        await talk.open()
        leaving = asyncio.ensure_future(talk.conversation.leave())
        await asyncio.sleep(0)
        talk.line.answer_close()
        with pytest.raises(OutputFailed):
            await leaving

        talk.conversation.error = TimedOut("x", 1, "-x")
        with pytest.raises(TimedOut):
            await talk.conversation.leave()

    converse(scene)


def test_held_by_the_transcript(tmp_path):
    """While the transcript is behind, nothing is read; a new connection too waits."""

    async def scene(talk):
        await talk.open()
        talk.conversation.hold_reading(True)
        assert talk.line.reading_is_paused
        await talk.open()
        assert talk.line.reading_is_paused
        talk.conversation.hold_reading(False)
        assert not talk.line.reading_is_paused

    converse(scene)


def test_former_transcript_is_whole(tmp_path):
    """Who stops to record, and leaves at once, has all that came before."""

    async def scene(talk):
        await talk.open()
        record(talk, tmp_path / "log")
        talk.line.receive(*[b"x"] * 10_000)
        talk.conversation.record(None)
        talk.line.end()
        await talk.conversation.leave()

    converse(scene)
    assert (tmp_path / "log").read_bytes().count(b"\n") == 10_000
