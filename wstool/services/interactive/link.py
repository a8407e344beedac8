"""The handler of one connection of a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


if TYPE_CHECKING:
    from wstool.connection.handler import Ending
    from wstool.connection.transport import Connection


__all__ = ["Link", "LinkOwner"]

# A turn of the loop takes messages for this much, then the keys have their turn.
_WORK_A_TURN = 4 << 20
_WORK_A_MESSAGE = 64
_WORK_A_CONTROL = 1 << 13


class LinkOwner(Protocol):
    """What a conversation does with what its connection brings."""

    def take_batch(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Take messages."""

    def take_control(self, opcode: Opcode, payload: bytes, /) -> None:
        """Take a ping or a pong."""

    def take_close(self, close: Close, by_peer: bool, /) -> None:
        """Take the peer's close frame."""

    def take_end(self, ending: Ending, /) -> None:
        """Take the end of the connection."""


class Link:
    """
    Pass on what comes, as long as it's wanted, and hold it up when it's too much.

    Several parties can hold up the reading, each by its name; it goes on when none
    does.
    """

    def __init__(self, owner: LinkOwner, *, loop: asyncio.AbstractEventLoop) -> None:
        self._owner: LinkOwner | None = owner
        self._loop = loop
        self._holders: set[str] = set()
        self._work = 0
        self._when_writable: list[asyncio.Future[None]] = []
        self.connection: Connection | None = None
        """The connection, from the first sign of it on."""

    def cut(self) -> None:
        """Pass on nothing more; the connection ends at once."""
        self._owner = None
        self._wake()
        if self.connection is not None:
            self.connection.abort()

    def hold(self, holder: str, held: bool) -> None:
        """Stop reading, or go on if nobody else holds it up."""
        if held:
            self._holders.add(holder)
        else:
            self._holders.discard(holder)
        if self.connection is None:
            return
        if self._holders:
            self.connection.pause_reading()
        else:
            self.connection.resume_reading()

    def attach(self, connection: Connection) -> None:
        """Know the connection; it may have begun to talk already."""
        if self.connection is None:
            self.connection = connection
            if self._holders:
                connection.pause_reading()

    async def writable(self) -> None:
        """Wait until the peer takes more, or the connection has ended."""
        while self.connection is not None and self.connection.writing_is_paused:
            waiter = self._loop.create_future()
            self._when_writable.append(waiter)
            await waiter

    # What the connection calls.

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Pass messages on; a read that brought very many is taken in turns."""
        self.attach(connection)
        self._pass(lambda owner: owner.take_batch(opcode, payloads))
        self._note_work(sum(map(len, payloads)) + _WORK_A_MESSAGE * len(payloads))

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Pass a ping on."""
        self.attach(connection)
        self._pass(lambda owner: owner.take_control(Opcode.PING, payload))
        self._note_work(_WORK_A_CONTROL)

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Pass a pong on."""
        self.attach(connection)
        self._pass(lambda owner: owner.take_control(Opcode.PONG, payload))
        self._note_work(_WORK_A_CONTROL)

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Pass a close frame on."""
        self.attach(connection)
        by_peer = connection.endpoint.peer_closed_first
        self._pass(lambda owner: owner.take_close(close, by_peer))

    def writing_paused(self, connection: Connection, /) -> None:
        """Need nothing: who sends much asks first."""

    def writing_resumed(self, connection: Connection, /) -> None:
        """Let those go on who wait to send."""
        self._wake()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Pass the end on."""
        self.attach(connection)
        connection.writing_is_paused = False
        self._wake()
        self._pass(lambda owner: owner.take_end(ending))

    def _pass(self, call: Callable[[LinkOwner], None]) -> None:
        if self._owner is not None:
            call(self._owner)

    def _note_work(self, work: int) -> None:
        """Leave the rest of a read to later turns when this one has done enough."""
        if not self._work:
            self._loop.call_soon(self._start_turn)
        self._work += work
        if self._work > _WORK_A_TURN:
            self.hold("turn", True)

    def _start_turn(self) -> None:
        self._work = 0
        if "turn" in self._holders:
            self._loop.call_soon(self.hold, "turn", False)

    def _wake(self) -> None:
        waiters, self._when_writable = self._when_writable, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
