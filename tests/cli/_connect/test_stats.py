"""Counts and measures in words."""

from __future__ import annotations

import pytest

from wstool.cli._connect.stats import describe_seconds, describe_size, describe_stats
from wstool.wire.opcode import Opcode

from support.talking import play


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1 << 20, "1.0 MiB"),
        (5 << 40, "5120.0 GiB"),
    ],
)
def test_size(size, text):
    """Sizes are short."""
    assert describe_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00042, "0.4 ms"), (0.9, "900.0 ms"), (12.34, "12.3 s")]
)
def test_seconds(seconds, text):
    """Short times have milliseconds."""
    assert describe_seconds(seconds) == text


def test_rows():
    """All that is counted has its row; round trips once there was one."""

    async def scene(stage):
        stage.line.receive(b"abc")
        stage.conversation.note_received(b"12345")
        stage.conversation.note_written(b"\x89\x80mask")
        stage.conversation.note_ping(b"")
        rows = dict(describe_stats(stage.conversation, stage.context.feed))
        assert rows == {
            "received": "1 message, 3 bytes",
            "sent": "0 messages, 0 bytes",
            "on the wire": "5 bytes received, 6 bytes sent",
            "pings": "0 received, 1 sent",
            "pongs": "0 received, 0 sent",
            "connections": "1",
            "not drawn": "0 messages",
            "hidden": "0 messages",
            "kept": "1 message in 67 B of memory",
        }

        stage.line.handler.pong_received(stage.line, b"")
        stage.line.handler.ping_received(stage.line, b"x")
        rows = dict(describe_stats(stage.conversation, stage.context.feed))
        assert rows["round trips"].startswith("1, the last 0.")
        assert rows["pings"] == "1 received, 1 sent"
        assert rows["pongs"] == "1 received, 1 sent"
        assert Opcode.PONG not in [opcode for opcode, _ in stage.sent]

    play(scene)
