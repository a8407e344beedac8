"""The line at the bottom."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wstool.cli._connect.toolbar import render_toolbar
from wstool.errors import ConnectionLost
from wstool.wire.close import Close

from support.talking import play


URL = "ws://example.test/some/path"


def render(stage, columns=200, seconds=75.5):
    """Render after so many seconds in the present phase."""
    return render_toolbar(
        stage.conversation,
        stage.context.feed,
        url=URL,
        now=stage.conversation.since + seconds,
        columns=columns,
    )


def test_open():
    """All there is to say stands on a wide line."""

    async def scene(stage):
        stage.line.subprotocol = "chat\x1b"
        stage.line.endpoint.deflater = SimpleNamespace()
        stage.line.receive(b"x" * 2000)
        stage.conversation.note_received(b"y" * 1000)
        stage.conversation.ping(b"p")
        stage.line.handler.pong_received(stage.line, b"p")
        trip = stage.conversation.round_trips
        trip.last = 0.0042

        assert render(stage) == (
            f" open  1:15  {URL}  < 1 2.0 KiB  > 0 0 B  ping 4.2 ms  chat\\x1b"
            "  deflate 2.0x"
        )

    play(scene)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (80, " open  1:15  ws://example.test/some/path  < 0 0 B  > 0 0 B"),
        (50, " open  ws://example.test/som...  < 0 0 B  > 0 0 B"),
        (40, " open  ws://exampl...  < 0 0 B  > 0 0 B"),
        (24, " open  < 0 0 B  > 0 0 B"),
        (12, " open"),
        (5, " open"),
    ],
)
def test_narrow(columns, text):
    """What matters least goes first, and nothing is wider than the terminal."""

    async def scene(stage):
        shown = render(stage, columns)
        assert len(shown) <= columns
        assert shown == text

    play(scene)


def test_closed():
    """A closed connection shows its code with the name."""

    async def scene(stage):
        stage.line.close_by_peer(Close(1001, "a reason of the peer's"))
        assert render(stage).startswith(f" closed 1001 (going away)  1:15  {URL}")

    play(scene)


def test_lost():
    """A connection without a close frame was closed with 1006."""

    async def scene(stage):
        stage.line.end(ConnectionLost("gone"))
        assert render(stage).startswith(" closed 1006 (abnormal closure)")

    play(scene)


def test_hidden():
    """While messages are hidden, it's said how many."""

    async def scene(stage):
        stage.context.feed.muted = True
        stage.line.receive(b"a", b"b")
        assert "  2 muted" in render(stage)
        stage.context.feed.muted = False
        assert "muted" not in render(stage)

    play(scene)


def test_flood():
    """In a flood it's said how many messages are not drawn, on a narrow line too."""

    async def scene(stage):
        stage.line.receive(*[b"x"] * 1000)
        assert "  980 not drawn" in render(stage)
        assert "  980 not drawn" in render(stage, 60)

    play(scene)


def test_long_times():
    """Hours are shown once there are some."""

    async def scene(stage):
        assert " 1:01:15 " in render(stage, seconds=3675.5)

    play(scene)
