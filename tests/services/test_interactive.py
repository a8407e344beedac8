"""A conversation, with a server in the same process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from wstool.connection.dial import dial
from wstool.connection.listen import Listener, ListenOptions, listen
from wstool.connection.options import ConnectOptions
from wstool.errors import ClosedWithError, ConnectFailed, ConnectionLost, Stopped
from wstool.services.hub.echo import EchoMode
from wstool.services.interactive import Conversation
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri


class Talk:
    """A conversation, and all that it shows."""

    def __init__(self, url: str) -> None:
        self.shown: list[Batch] = []
        self.notes: list[str] = []
        self.arrived = asyncio.Event()
        self.stopped: asyncio.Future[Stopped] = (
            asyncio.get_running_loop().create_future()
        )
        self.conversation = Conversation(
            show=self._show,
            note=self.notes.append,
            close=Close(1000, "done"),
            ok_close=frozenset({1000, 1001}),
        )
        self._options = ConnectOptions(parse_uri(url))

    async def open(self) -> None:
        """Connect."""
        await self.conversation.open(
            lambda handler: dial(self._options, handler), self.stopped
        )

    def _show(self, batch: Batch) -> None:
        self.shown.append(batch)
        self.arrived.set()


@asynccontextmanager
async def serving() -> AsyncIterator[Listener]:
    """Run an echo server."""
    listener = await listen(EchoMode(), ListenOptions(port=0), lambda event: None)
    try:
        yield listener
    finally:
        await listener.stop(grace=1)


def play(scene: Callable[[Listener, Talk], Awaitable[None]]) -> None:
    """Run a scene with an echo server and a conversation with it."""

    async def run() -> None:
        async with asyncio.timeout(10), serving() as listener:
            await scene(listener, Talk(listener.url))

    asyncio.run(run())


def test_messages():
    """What is sent comes back and is shown; closing says what it was told to."""

    async def scene(listener: Listener, talk: Talk) -> None:
        await talk.open()
        talk.conversation.send(Batch(Opcode.TEXT, [b"a", b"b"]))
        await talk.arrived.wait()
        await talk.conversation.close()
        ending = await talk.conversation.ended

        assert talk.shown == [Batch(Opcode.TEXT, [b"a", b"b"])]
        assert talk.notes == []
        assert ending.close_sent == Close(1000, "done")
        assert ending.close_received == Close(1000)

    play(scene)


@pytest.mark.parametrize(
    ("code", "notes"),
    [
        (1001, ["the peer closed the connection: 1001 (going away) bye"]),
        (4000, []),
    ],
)
def test_closed_by_the_peer(code, notes):
    """The peer's close is told at once, or raised at the end if it is an error."""

    async def scene(listener: Listener, talk: Talk) -> None:
        await talk.open()
        while not listener.connections:
            await asyncio.sleep(0)
        next(iter(listener.connections)).close(Close(code, "bye"))
        await talk.conversation.ended

        assert talk.notes == notes
        try:
            await talk.conversation.close()
        except ClosedWithError as error:
            assert not notes and str(code) in str(error)
        else:
            assert notes

    play(scene)


def test_lost():
    """A connection that is cut ends in an error."""

    async def scene(listener: Listener, talk: Talk) -> None:
        await talk.open()
        while not listener.connections:
            await asyncio.sleep(0)
        next(iter(listener.connections)).abort()
        await talk.conversation.ended

        with pytest.raises(ConnectionLost):
            await talk.conversation.close()

    play(scene)


def test_refused():
    """What the dialing raises comes through."""

    async def scene() -> None:
        with pytest.raises(ConnectFailed):
            await Talk("ws://127.0.0.1:1/").open()

    asyncio.run(scene())


def test_stopped_while_dialing():
    """A wish to stop ends the dialing."""

    async def scene(port: int) -> None:
        async with asyncio.timeout(10):
            talk = Talk(f"ws://127.0.0.1:{port}/")
            opening = asyncio.ensure_future(talk.open())
            asyncio.get_running_loop().call_soon(
                talk.stopped.set_result, Stopped(2, "SIGINT")
            )
            with pytest.raises(Stopped):
                await opening

    # It accepts nothing, so there is no answer.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(scene(silent.getsockname()[1]))
