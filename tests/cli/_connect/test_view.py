"""What a conversation tells, in words."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import ConnectFailed, ConnectionLost
from wstool.wire.close import Close

from support.talking import Stage, play


def test_opened():
    """The opening is told, with how to go on."""

    async def run():
        stage = Stage()
        stage.conversation.connect(stage.context.dial(stage.context.uri))
        await stage.conversation.wait_until(stage.conversation.phase.OPEN)
        assert stage.take_screen() == (
            "note: connected to ws://example.test/; Ctrl-D closes, /help lists more\n"
        )

    asyncio.run(run())


def test_quiet():
    """Who wants no words gets messages and errors only."""

    async def scene(stage):
        stage.line.receive(b"x")
        stage.line.end(ConnectionLost("gone"))
        await asyncio.sleep(0)
        assert stage.take_screen() == (
            "#1 < x\nerror: connection lost without a close frame (1006): gone\n"
        )

    play(scene, quiet=True)


@pytest.mark.parametrize(
    ("close", "told"),
    [
        (
            Close(1001, "bye"),
            "note: the peer closed the connection: 1001 (going away) bye\n",
        ),
        (Close(), "note: the peer closed the connection: no close code\n"),
        (
            Close(4000, "no"),
            "error: the peer closed the connection: 4000 (private use) no\n",
        ),
    ],
)
def test_closed_by_the_peer(close, told):
    """Who closed is told, with the code, its name and the reason, and how to go on."""

    async def scene(stage):
        stage.line.receive(b"last")
        stage.line.close_by_peer(close)
        await asyncio.sleep(0)
        assert stage.take_screen() == (
            f"#1 < last\n{told}note: Enter reconnects, Ctrl-D leaves\n"
        )

    play(scene)


def test_closed_by_us():
    """That the peer answered our close frame is told."""

    async def scene(stage):
        stage.conversation.close(Close(4000))
        stage.line.answer_close()
        await asyncio.sleep(0)
        assert stage.take_screen() == (
            "note: closed: 4000 (private use)\nnote: Enter reconnects, Ctrl-D leaves\n"
        )

    play(scene)


def test_leaving():
    """While the user leaves, the end is told by the exit."""

    async def scene(stage):
        stage.view.is_leaving = True
        stage.conversation.close()
        stage.line.answer_close()
        await asyncio.sleep(0)
        assert stage.take_screen() == ""

    play(scene)


def test_first_attempt_fails():
    """When there never was a connection, it's over."""

    async def run():
        stage = Stage()
        stage.refusal = ConnectFailed("example.test", "connection refused")
        stage.conversation.connect(stage.context.dial(stage.context.uri))
        await asyncio.sleep(0.01)
        assert stage.first_failed
        assert stage.take_screen() == ""

    asyncio.run(run())


def test_retrying():
    """The pause before another attempt is told, with why and what can be done."""

    class Retry:
        """Dial again once, much later."""

        def next_delay(self, error, ending):
            return 3.25

        def opened(self):
            pass

    async def scene(stage):
        stage.conversation._retry = Retry()
        stage.line.end(ConnectionLost("gone"))
        await asyncio.sleep(0)
        assert stage.take_screen() == (
            "error: connection lost without a close frame (1006): gone\n"
            "note: reconnecting in 3.2 s; Enter does it now, Ctrl-C stops\n"
        )

    play(scene)


def test_pings():
    """Pings are shown if that's set; pongs nobody waited for only then too."""

    async def scene(stage):
        stage.line.handler.ping_received(stage.line, b"a\x1b")
        stage.line.handler.pong_received(stage.line, b"")
        assert stage.take_screen() == ""
        stage.context.settings.pings = True
        stage.line.handler.ping_received(stage.line, b"a\x1b")
        stage.line.handler.pong_received(stage.line, b"")
        assert stage.take_screen() == "note: ping, 2 bytes: a\\x1b\nnote: pong\n"

    play(scene)


def test_pings_too_fast():
    """Of pings that come too fast, only the number is shown."""

    async def scene(stage):
        stage.context.settings.pings = True
        for _ in range(600):
            stage.line.handler.ping_received(stage.line, b"p")
        shown = stage.take_screen().splitlines()
        assert len(shown) == 501
        assert shown[-1] == "note: pings and pongs not drawn: 100"

    play(scene)
