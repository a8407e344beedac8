"""What a typed line does."""

from __future__ import annotations

import pytest

from wstool.cli._connect.actions import ACTIONS, perform
from wstool.cli._connect.commands import COMMANDS
from wstool.wire.opcode import Opcode

from support.talking import play


def test_every_command_has_an_action():
    """The table and the code know the same commands."""
    assert set(ACTIONS) == set(COMMANDS)


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("hello", b"hello"),
        ("two\nlines", b"two\nlines"),
        ("//etc", b"/etc"),
        ("///", b"//"),
        (" spaces ", b" spaces "),
    ],
)
def test_line_is_sent(line, sent):
    """A line is sent as it is; of two slashes at its beginning, one."""

    async def scene(stage):
        assert perform(stage.context, line)
        assert stage.sent == [(Opcode.TEXT, sent)]

    play(scene)


def test_empty_line_sends_nothing():
    """Enter on an empty line sends no empty message by mistake."""

    async def scene(stage):
        assert perform(stage.context, "")
        assert stage.sent == []

    play(scene)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/hlep", "did you mean /help?"),
        ("/PING", "did you mean /ping?"),
        ("/greet", "did you mean /greeting?"),
        ("/zzzzzz", "/help lists them"),
        ("/usr/bin", "/help lists them"),
    ],
)
def test_unknown_command(line, hint):
    """An unknown command suggests the nearest, sends nothing, and stays in the line."""

    async def scene(stage):
        assert not perform(stage.context, line)
        assert stage.sent == []
        assert stage.take_screen() == (
            f"error: there is no command {line}, so nothing was sent ({hint}); "
            "with a second slash in front, the line is sent\n"
        )

    play(scene, snippets=("greeting",))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/resend", "usage: /resend N"),
        ("/fragment", "usage: /fragment SIZE TEXT"),
        ("/stats now", "/stats takes no arguments"),
        ("/greeting now", "/greeting is a snippet and takes no arguments"),
    ],
)
def test_wrong_arguments(line, problem):
    """Arguments that are missing or too many are told, and nothing is done."""

    async def scene(stage):
        assert not perform(stage.context, line)
        assert stage.sent == []
        assert stage.take_screen() == f"error: {problem}\n"

    play(scene, snippets=("greeting",))


def test_not_sent_when_closed():
    """While there is no connection a line is refused, so that it's not lost."""

    async def scene(stage):
        stage.line.end()
        stage.take_screen()

        assert not perform(stage.context, "hello")
        assert stage.sent == []
        assert stage.take_screen() == "error: closed, so nothing was sent\n"

    play(scene)


def test_enter_reconnects():
    """Enter on an empty line dials again when the connection is closed."""

    async def scene(stage):
        stage.line.end()
        assert perform(stage.context, "")
        await stage.conversation.wait_until(stage.conversation.phase.OPEN)

        assert len(stage.lines) == 2

    play(scene)
