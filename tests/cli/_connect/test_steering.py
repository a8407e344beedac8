"""The commands that close and connect."""

from __future__ import annotations

import asyncio

import pytest

from wstool.cli._connect.actions import perform
from wstool.errors import ConnectFailed
from wstool.services.interactive import Phase
from wstool.wire.close import Close

from support.talking import play


@pytest.mark.parametrize(
    ("line", "close"),
    [
        ("/close", Close(1000)),
        ("/close 4001", Close(4001)),
        ("/close 1001 see you", Close(1001, "see you")),
    ],
)
def test_close(line, close):
    """The connection is closed as told, and the conversation stays."""

    async def scene(stage):
        assert perform(stage.context, line)
        assert stage.line.closed_with == close
        stage.line.answer_close()
        await asyncio.sleep(0)

        assert stage.conversation.phase is Phase.CLOSED
        assert stage.conversation.error is None
        assert not stage.has_left

    play(scene)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/close 1005", "1005 isn't a close code that can be sent"),
        ("/close bye", "bye isn't a close code that can be sent"),
        (f"/close 1000 {'x' * 124}", "close reason has 124 bytes, more than 123"),
        ("/open ws://h:x/", "ws://h:x/: port 'x' isn't a number"),
    ],
)
def test_refused(line, problem):
    """What can't be done is told, and the connection stays as it is."""

    async def scene(stage):
        assert not perform(stage.context, line)
        assert problem in stage.take_screen()
        assert stage.conversation.phase is Phase.OPEN

    play(scene)


def test_close_twice():
    """A connection that is closed can't be closed again."""

    async def scene(stage):
        stage.line.end()
        stage.take_screen()
        assert not perform(stage.context, "/close")
        assert stage.take_screen() == "error: the connection is closed already\n"

    play(scene)


def test_close_while_closing():
    """A second close frame can't be sent, and that's told."""

    async def scene(stage):
        perform(stage.context, "/close")
        stage.take_screen()
        assert not perform(stage.context, "/close 4000")
        assert stage.take_screen().startswith("error: closing already")

    play(scene)


def test_reconnect():
    """The open connection is closed politely, then it's dialed again."""

    async def scene(stage):
        first = stage.line
        perform(stage.context, "/reconnect")
        await asyncio.sleep(0)
        assert first.closed_with == Close(1000)
        assert len(stage.lines) == 1
        first.answer_close()
        await stage.conversation.wait_until(Phase.OPEN)

        assert stage.dialed == ["ws://example.test/"] * 2

    play(scene)


def test_open():
    """Another server is dialed, and the one after that by /reconnect too."""

    async def scene(stage):
        perform(stage.context, "/open ws://other.test/x")
        await asyncio.sleep(0)
        stage.line.answer_close()
        await stage.conversation.wait_until(Phase.OPEN)
        assert str(stage.context.uri) == "ws://other.test/x"
        stage.line.end()
        perform(stage.context, "/reconnect")
        await stage.conversation.wait_until(Phase.OPEN)

        assert stage.dialed[1:] == ["ws://other.test/x"] * 2

    play(scene)


def test_open_fails():
    """When the other server can't be reached, that's told, and the prompt stays."""

    async def scene(stage):
        stage.refusal = ConnectFailed("other.test", "connection refused")
        perform(stage.context, "/open other.test")
        await asyncio.sleep(0)
        stage.line.answer_close()
        await stage.conversation.wait_until(Phase.CONNECTING)
        await stage.conversation.wait_until(Phase.CLOSED)
        await asyncio.sleep(0)

        shown = stage.take_screen()
        assert "error: can't connect to other.test: connection refused\n" in shown
        assert shown.endswith("note: Enter reconnects, Ctrl-D leaves\n")
        assert not stage.first_failed

    play(scene)


def test_quit():
    """The user can leave by a command."""

    async def scene(stage):
        assert perform(stage.context, "/quit")
        assert stage.has_left

    play(scene)
