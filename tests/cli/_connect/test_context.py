"""What the slash commands work with."""

from __future__ import annotations

import asyncio

import pytest

from wstool.cli._connect.context import CommandError
from wstool.errors import HandshakeRefused
from wstool.services.interactive import MessageStore, Phase
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.talking import play


def test_errors_with_detail():
    """The body of a refusal stands below the error."""

    async def scene(stage):
        error = HandshakeRefused(403, "Forbidden", detail="go\r\naway\r\n")
        stage.context.tell_error(error)
        assert stage.take_screen() == (
            "error: the server refused the handshake: HTTP 403 Forbidden\ngo\naway\n"
        )

    play(scene)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1", "message 1 is no longer kept; the oldest is 3"),
        ("0", "there is no message 0"),
        ("4", "there is no message 4"),
        ("", "'nothing' isn't the number of a message"),
        ("²", "'²' isn't the number of a message"),
    ],
)
def test_find_message(text, problem):
    """A message that isn't there is told from one that's no longer kept."""

    async def scene(stage):
        stage.conversation.store = store = MessageStore(max_kept=1)
        for _ in range(3):
            store.add(Opcode.TEXT, [b"x"], sent=False, time=0)
        assert stage.context.find_message("3").payload == b"x"
        with pytest.raises(CommandError) as raised:
            stage.context.find_message(text)
        assert str(raised.value) == problem

    play(scene)


def test_tasks_end():
    """What is still going on ends with the conversation."""

    async def scene(stage):
        task = stage.context.start(asyncio.sleep(1000))
        await asyncio.sleep(0)
        stage.context.stop_tasks()
        await asyncio.wait({task})
        assert task.cancelled()

    play(scene)


def test_greeting():
    """What is sent first goes out on each connection, but to no other server."""

    async def scene(stage):
        context = stage.context
        context.greeting = (Batch(Opcode.TEXT, [b"hi"]),)
        for uri, sent in (
            (context.uri, [(Opcode.TEXT, b"hi")]),
            (parse_uri("ws://other.test/"), []),
            (context.uri, [(Opcode.TEXT, b"hi")]),
        ):
            context.uri = uri
            stage.line.end()
            stage.conversation.connect(context.dial(uri))
            await stage.conversation.wait_until(Phase.OPEN)
            assert stage.sent == sent

    play(scene)
