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
        self._options = options
        self._tools = tools
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[str, Room] = {}
        self._places: dict[Connection, Room] = {}
        self._busy: list[Room] = []
        self._posted = 0
        self._waiting: list[Connection] = []

    def find_room(self, visitor: Visitor, /) -> str:
        """Name the room that a client comes to: there is only one."""
        return ""

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Let a new client into its room."""
        name = self.find_room(visitor)
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name, self._make_fanout())
        self._places[connection] = room
        room.clients += 1
        room.fanout.add(connection)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep messages until the end of the turn."""
        room = self._places[connection]
        if not self._busy:
            self._loop.call_soon(self._deliver)
        if not room.posts:
            self._busy.append(room)
        room.posts.append(Post(connection, opcode, payloads))
        self._posted += sum(map(len, payloads))
        if self._posted > _TURN_LIMIT:
            connection.pause_reading()
            self._waiting.append(connection)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what waits for a client that reads again."""
        self._places[connection].fanout.resume(connection)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client, and a room that nobody is in any more."""
        room = self._places.pop(connection)
        room.fanout.remove(connection)
        room.clients -= 1
        if not room.clients:
            del self._rooms[room.name]

    def _make_fanout(self) -> Fanout:
        options = self._options
        return Fanout(
            include_sender=options.include_sender,
            compress_min=options.compress_min,
            queue_limit=options.queue_limit,
            slow_consumer=options.slow_consumer,
            log=self._tools.log,
        )

    def _deliver(self) -> None:
        busy, self._busy, self._posted = self._busy, [], 0
        for room in busy:
            posts, room.posts = room.posts, []
            self.delivered += room.fanout.deliver(posts)
        resumed, self._waiting = self._waiting, []
        for connection in resumed:
            connection.resume_reading()


class Room:
    """Clients who hear one another."""

    __slots__ = ("clients", "fanout", "name", "posts")

    def __init__(self, name: str, fanout: Fanout) -> None:
        """Open a room in which there is nobody yet."""
        self.name = name
        self.fanout = fanout
        self.clients = 0
        """Clients that have come and not left, also those that are cut off."""
        self.posts: list[Post] = []
        """What was said in this turn."""
