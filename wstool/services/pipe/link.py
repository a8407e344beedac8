"""The handler of one of a pipe's connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.wire.close import Close


if TYPE_CHECKING:
    from wstool.services.pipe.run import Pipe


__all__ = ["Link"]


class Link:
    """
    Pass on what happens on one connection, and keep how it ended.

    Each attempt to connect has a link of its own, so that the end of a connection that
    was given up while it opened isn't taken for the end of the next one.
    """

    def __init__(self, pipe: Pipe) -> None:
        self.batch_received = pipe.batch_received
        self.ping_received = pipe.ping_received
        self.pong_received = pipe.pong_received
        self.writing_paused = pipe.writing_paused
        self.writing_resumed = pipe.writing_resumed
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        """Is done when the connection has ended."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Need nothing: the end follows."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Keep how it ended, unless nobody waits for it any more."""
        if not self.ended.done():
            self.ended.set_result(ending)
