"""A record of a conversation in a file."""

from __future__ import annotations

import asyncio
import json
import os
import threading

import pytest

from wstool.errors import OutputFailed
from wstool.services.interactive.messages import Run
from wstool.services.interactive.transcript import Transcript
from wstool.streams.events import convert_events
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


TIME = 1_700_000_000.0


class Recording:
    """A transcript, and what it told."""

    def __init__(self, path):
        self.held = []
        self.failures = []
        self.transcript = Transcript(
            str(path), held=self.held.append, failed=self.failures.append
        )


def text(*payloads, sent=False, first=1):
    """Make a run of text messages."""
    return Run(first, TIME, sent, Opcode.TEXT, list(payloads))


def play(scene):
    """Run a scene with a limit."""
    asyncio.run(asyncio.wait_for(scene(), 20))


def test_events(tmp_path):
    """Everything is a line of JSON, in order, with time and direction."""
    path = tmp_path / "log"

    async def scene():
        transcript = Recording(path).transcript
        transcript.add_event("open", TIME, subprotocol="chat")
        transcript.add_run(text("ü".encode(), b"b"))
        transcript.add_run(Run(3, TIME, True, Opcode.BINARY, [b"\xff"]))
        transcript.add_event("ping", TIME, sent=True, payload=b"p")
        transcript.add_event("close", TIME, sent=False, close=Close(1001, "bye"))
        transcript.add_event("error", TIME, message="gone")
        assert await transcript.finish() is None

    play(scene)
    stamp = "2023-11-14T22:13:20.000000Z"
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
        {"time": stamp, "type": "open", "subprotocol": "chat"},
        {"time": stamp, "direction": "received", "type": "text", "data": "ü"},
        {"time": stamp, "direction": "received", "type": "text", "data": "b"},
        {"time": stamp, "direction": "sent", "type": "binary", "base64": "/w=="},
        {"time": stamp, "direction": "sent", "type": "ping", "data": "p"},
        {
            **{"time": stamp, "direction": "received", "type": "close"},
            **{"code": 1001, "reason": "bye"},
        },
        {"time": stamp, "type": "error", "message": "gone"},
    ]


def test_replayed(tmp_path):
    """What was sent can be sent again from the file; the rest is passed over."""
    path = tmp_path / "log"

    async def scene():
        transcript = Recording(path).transcript
        transcript.add_event("open", TIME, subprotocol=None)
        transcript.add_run(text(b"received"))
        transcript.add_run(text(b"sent", sent=True))
        transcript.add_event("pong", TIME, sent=True, payload=b"")
        transcript.add_event("error", TIME, message="gone")
        await transcript.finish()

    play(scene)
    converted = convert_events(path.read_bytes().splitlines(), True)
    assert converted.fault is None
    assert converted.batches == [
        Batch(Opcode.TEXT, [b"sent"]),
        Batch(Opcode.PONG, [b""]),
    ]


def test_appended(tmp_path):
    """What stands in the file already stays."""
    path = tmp_path / "log"
    path.write_text("before\n")

    async def scene():
        transcript = Recording(path).transcript
        transcript.add_run(text(b"x"))
        await transcript.finish()

    play(scene)
    assert path.read_text().startswith("before\n{")


def test_very_many(tmp_path):
    """A read that brought very many messages is rendered in turns, none is lost."""
    path = tmp_path / "log"
    payloads = [str(number).encode() for number in range(50_000)]

    async def scene():
        recording = Recording(path)
        recording.transcript.add_run(text(*payloads))
        recording.transcript.add_event("close", TIME, sent=False, close=Close())
        assert path.stat().st_size < 5000 * 100
        assert await recording.transcript.finish() is None

    play(scene)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["data"] for line in lines[:-1]] == [p.decode() for p in payloads]
    assert lines[-1]["type"] == "close"


def test_flushed_as_it_goes(tmp_path):
    """What happened is in the file soon, not only in the end."""
    path = tmp_path / "log"

    async def scene():
        recording = Recording(path)
        recording.transcript.add_run(text(b"x"))
        while not path.read_bytes():
            await asyncio.sleep(0.001)
        await recording.transcript.finish()

    play(scene)


def test_slow_disk(tmp_path):
    """A file that takes nothing holds the reading up, and lets it go on later."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    received = bytearray()

    def read():
        while data := os.read(reader, 1 << 16):
            received.extend(data)

    async def scene():
        recording = Recording(path)
        payload = b"x" * (1 << 20)
        for _ in range(12):
            recording.transcript.add_run(text(payload))
        assert recording.held == [True]
        thread = threading.Thread(target=read)
        thread.start()
        while recording.held != [True, False]:
            await asyncio.sleep(0.001)
        assert await recording.transcript.finish() is None
        thread.join()
        assert received.count(b"\n") == 12

    try:
        play(scene)
    finally:
        os.close(reader)


def test_disk_that_never_takes_it(tmp_path, monkeypatch):
    """In the end a file that takes nothing isn't waited for for ever."""
    monkeypatch.setattr("wstool.services.interactive.transcript._FINISH_LIMIT", 0.05)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    async def scene():
        recording = Recording(path)
        recording.transcript.add_run(text(b"x" * (1 << 20)))
        failure = await recording.transcript.finish()
        assert isinstance(failure, OutputFailed)
        assert "not taken in 0.05 s" in str(failure)

    try:
        play(scene)
    finally:
        os.close(reader)


def test_disk_full():
    """What keeps the file from being written is told once, and nothing waits for it."""

    async def scene():
        recording = Recording("/dev/full")
        payload = b"x" * (1 << 20)
        for _ in range(12):
            recording.transcript.add_run(text(payload))
        while not recording.failures:
            await asyncio.sleep(0.001)
        recording.transcript.add_run(text(b"more"))
        failure = await recording.transcript.finish()
        assert recording.failures == [failure]
        assert str(failure) == "can't write to /dev/full: no space left on device"
        assert recording.held in ([], [True, False])

    play(scene)


@pytest.mark.parametrize("name", ["", "missing/log"])
def test_refused(tmp_path, name):
    """A file that can't be opened is refused at once; so is a pipe nobody reads."""

    async def scene():
        with pytest.raises(OutputFailed):
            Recording(f"{tmp_path}/{name}")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OutputFailed, match="no such device"):
            Recording(tmp_path / "pipe")

    play(scene)
