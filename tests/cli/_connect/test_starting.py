"""Lines that are done before anything is typed."""

from __future__ import annotations

import asyncio

import pytest

from wstool.cli._connect.starting import perform_lines, read_lines
from wstool.errors import ConnectionLost, InputInvalid
from wstool.services.interactive import Phase
from wstool.wire.opcode import Opcode

from support.talking import play


def test_order():
    """Lines are done in their order, as if they were typed."""

    async def scene(stage):
        await perform_lines(stage.context, ("1", "/set fold 7", "//2"))
        assert stage.sent == [(Opcode.TEXT, b"1"), (Opcode.TEXT, b"/2")]
        assert stage.context.settings.fold == 7

    play(scene)


def test_waits_for_commands_that_connect():
    """A line behind /reconnect goes to the new connection."""

    async def scene(stage):
        first = stage.line
        task = stage.context.start(perform_lines(stage.context, ("/reconnect", "x")))
        await stage.conversation.wait_until(Phase.CLOSING)
        first.answer_close()
        await task
        assert first.sent == []
        assert stage.sent == [(Opcode.TEXT, b"x")]

    play(scene)


def test_not_connected():
    """What can't be done is told, line by line, and nothing is lost in silence."""

    async def scene(stage):
        stage.line.end(ConnectionLost("gone"))
        stage.take_screen()
        await perform_lines(stage.context, ("1", "2"))
        shown = stage.take_screen()
        for line in "12":
            assert f"error: that was line '{line}' of --init\n" in shown

    play(scene)


def test_slow_peer():
    """A peer that reads slowly holds up what comes next."""

    async def scene(stage):
        stage.line.writing_is_paused = True
        task = stage.context.start(perform_lines(stage.context, ("1",)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert stage.sent == []
        stage.line.writing_is_paused = False
        stage.line.handler.writing_resumed(stage.line)
        await task
        assert stage.sent == [(Opcode.TEXT, b"1")]

    play(scene)


def test_lines_of_a_file(tmp_path):
    """Lines of a file are those that aren't empty, whatever ends them."""
    path = tmp_path / "init"
    path.write_bytes("/set fold 3\r\n\n  grüße\n\xff".encode("latin-1"))

    assert read_lines(str(path), limit=100) == (
        "/set fold 3",
        "  gr\udcfc\udcdfe",
        "\udcff",
    )


def test_file_refused(tmp_path):
    """A file that's too large or can't be read is named."""
    path = tmp_path / "init"
    path.write_bytes(b"12345")

    with pytest.raises(InputInvalid, match="init: more than 4 bytes"):
        read_lines(str(path), limit=4)
    with pytest.raises(InputInvalid, match="can't be read: is a directory"):
        read_lines(str(tmp_path), limit=4)
