"""A conversation with a person: lines out, messages in, one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wstool.connection.handler import Ending, Handler
from wstool.connection.transport import Connection
from wstool.connection.waiting import run_unless
from wstool.errors import WstoolError
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["Conversation"]


class Conversation:
    """A handler of one connection that shows messages and sends lines."""

    def __init__(
        self,
        *,
        show: Callable[[Batch], None],
        note: Callable[[str], None],
        close: Close,
        ok_close: frozenset[int],
    ) -> None:
        """
        Prepare; ``open`` connects.

        Args:
            show: Shows messages received.
            note: Takes sentences for the user.
            close: What our close frame says.
            ok_close: Close codes of the peer that are no error.
        """
        self._show = show
        self._note = note
        self._close = close
        self._ok_close = ok_close
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        self.ended: asyncio.Future[Ending] = self._loop.create_future()
        """Is done when the connection has ended."""

    async def open(
        self,
        dial: Callable[[Handler], Awaitable[Connection]],
        stopped: asyncio.Future[WstoolError],
    ) -> None:
        """
        Connect.

        Raises:
            WstoolError: If that fails; Stopped if the user gives up.
        """
        self._connection = await run_unless(dial(self), stopped)

    def send(self, batch: Batch) -> None:
        """Send messages."""
        if self._connection is not None:
            self._connection.send(batch.opcode, batch.payloads)

    async def close(self) -> None:
        """
        Close the connection if it is open, and wait for its end.

        Raises:
            WstoolError: If it ended badly.
        """
        if self._connection is not None:
            self._connection.close(self._close)
        ending = await self.ended
        error = ending.error or ending.find_close_error(self._ok_close)
        if error is not None:
            raise error

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Show messages."""
        self._show(Batch(opcode, payloads))

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: pings are answered already."""

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: keep-alive sees to pongs."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Tell who closed, unless it is an error, which ``close`` raises."""
        is_error = close.code is not None and close.code not in self._ok_close
        if connection.endpoint.peer_closed_first and not is_error:
            self._note(f"the peer closed the connection: {close}")

    def writing_paused(self, connection: Connection, /) -> None:
        """Need nothing: a person types slowly."""

    def writing_resumed(self, connection: Connection, /) -> None:
        """Need nothing."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end of the connection."""
        self.ended.set_result(ending)
