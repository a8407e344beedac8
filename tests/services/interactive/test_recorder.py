"""What goes to a transcript, while there is one."""

from __future__ import annotations

import asyncio
import json

from wstool.errors import ConnectionLost, OutputFailed
from wstool.services.interactive.recorder import Recorder
from wstool.services.interactive.transcript import Transcript


def make_transcript(path):
    """Make a transcript that tells nothing."""
    return Transcript(str(path), held=lambda _: None, failed=lambda _: None)


def test_nothing_is_recorded():
    """Without a transcript nothing happens, and nothing fails."""

    async def run():
        recorder = Recorder(lambda: 0.0, None)
        recorder.add("ping", sent=True, payload=b"")
        recorder.add_error(ConnectionLost("gone"))
        assert await recorder.finish() is None

    asyncio.run(run())


def test_errors(tmp_path):
    """An error is its sentence, or what the command line makes of it."""

    async def run():
        for render in (None, lambda error: b'{"type": "mine"}\n'):
            recorder = Recorder(lambda: 0.0, render)
            recorder.transcript = make_transcript(tmp_path / "log")
            recorder.add_error(None)
            recorder.add_error(ConnectionLost("gone"))
            assert await recorder.finish() is None

    asyncio.run(run())
    first, second = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert first["message"] == "connection lost without a close frame (1006): gone"
    assert second == {"type": "mine"}


def test_failure():
    """What keeps the transcript from being whole is given in the end."""

    async def run():
        recorder = Recorder(lambda: 0.0, None)
        recorder.transcript = make_transcript("/dev/full")
        recorder.add("ping", sent=True, payload=b"")
        assert isinstance(await recorder.finish(), OutputFailed)

    asyncio.run(run())
