"""The mode ``broadcast``."""

from __future__ import annotations

import asyncio

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.connection.visitor import Visitor
from wstool.services.hub.fanout import Fanout, Post
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.wire.opcode import Opcode


__all__ = ["BroadcastMode"]

# What clients send in one turn is kept until its end. That is what was read, except
# from those who compress: a sender that goes over this has to wait for the next turn.
_TURN_LIMIT = 1 << 20


class BroadcastMode(Mode):
    """
    Send every message to all other clients, or to all.

    What comes in during one turn of the loop goes out at its end, at once.
    """

    def __init__(self, options: ModeOptions, tools: ModeTools) -> None:
        """Start without clients."""
        self._fanout = Fanout(
            include_sender=options.include_sender,
            compress_min=options.compress_min,
            queue_limit=options.queue_limit,
            slow_consumer=options.slow_consumer,
            log=tools.log,
        )
        self._loop = asyncio.get_running_loop()
        self._posts: list[Post] = []
        self._posted = 0
        self._waiting: list[Connection] = []

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Subscribe a new client."""
        self._fanout.add(connection)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep messages until the end of the turn."""
        if not self._posts:
            self._loop.call_soon(self._deliver)
        self._posts.append(Post(connection, opcode, payloads))
        self._posted += sum(map(len, payloads))
        if self._posted > _TURN_LIMIT:
            connection.pause_reading()
            self._waiting.append(connection)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what waits for a client that reads again."""
        self._fanout.resume(connection)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        self._fanout.remove(connection)

    def _deliver(self) -> None:
        posts, self._posts, self._posted = self._posts, [], 0
        self.delivered += self._fanout.deliver(posts)
        resumed, self._waiting = self._waiting, []
        for connection in resumed:
            connection.resume_reading()
