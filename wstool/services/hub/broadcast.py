"""The mode ``broadcast``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.services.hub.envelope import wrap
from wstool.services.hub.fanout import Fanout, Post
from wstool.services.hub.history import Entry, History, Id, parse_id
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.room import Room, tell_gone
from wstool.wire.opcode import Opcode


__all__ = ["BroadcastMode"]

# What clients send in one turn is kept until its end. That is what was read, except
# from those who compress: a sender that goes over this has to wait for the next turn.
_TURN_LIMIT = 1 << 20
_BEGINNING = (0, 0)


class BroadcastMode(Mode):
    """
    Send every message to all other clients, or to all.

    What comes in during one turn of the loop goes out at its end, at once.
    """

    def __init__(
        self,
        options: ModeOptions,
        tools: ModeTools,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start without clients."""
        self._options = options
        self._tools = tools
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[str, Room] = {}
        self._places: dict[Connection, Room] = {}
        self._count = 0
        self._busy: list[Room] = []
        self._posted = 0
        self._waiting: list[Connection] = []
        # Ids of this run: another run's are others, so that nobody mistakes them.
        self._last: Id = (int(clock() * 1000), 0)
        self._history: History | None = None
        if options.history or options.ids:
            self._history = History(
                max_count=max(options.history, options.keep if options.ids else 0),
                max_bytes=options.keep_bytes,
                floor=self._last,
            )

    def describe_health(self) -> dict[str, object]:
        """Tell how much history there is."""
        if self._history is None:
            return {}
        return {
            "history": {"messages": len(self._history), "bytes": self._history.size}
        }

    def find_room(self, visitor: Visitor, /) -> str:
        """Name the room that a client comes to: there is only one."""
        return ""

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse who wants what came since an id that is none."""
        try:
            self._find_since(visitor)
        except ValueError as error:
            return Refusal(400, f"since: {error}")
        return None

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Let a new client into its room."""
        name = self.find_room(visitor)
        room = self._rooms.get(name)
        if room is None:
            include_sender = self._options.include_sender
            room = Room(name, self._make_fanout(), include_sender=include_sender)
            self._rooms[name] = room
        self._places[connection] = room
        self._count += 1
        since = self._find_since(visitor)
        room.enter(connection, self._count, self._find_cursor(connection, name, since))
        # Its protocol is still the handshake's, and would hear of a full buffer.
        self._loop.call_soon(self._catch_up, connection)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep messages until the end of the turn."""
        room = self._places[connection]
        if not self._busy:
            self._loop.call_soon(self._end_turn)
        if not room.posts:
            self._busy.append(room)
        room.posts.append(Post(connection, opcode, payloads))
        self._posted += sum(map(len, payloads))
        if self._posted > _TURN_LIMIT:
            connection.pause_reading()
            self._waiting.append(connection)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what waits for a client that reads again, or what it catches up on."""
        self._places[connection].fanout.resume(connection)
        self._catch_up(connection)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client, and a room that nobody is in any more."""
        room = self._places.pop(connection)
        room.leave(connection)
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

    def _find_since(self, visitor: Visitor) -> Id | None:
        values = visitor.query.get("since") if self._options.ids else None
        return parse_id(values[0]) if values else None

    def _find_cursor(
        self, connection: Connection, name: str, since: Id | None
    ) -> Id | None:
        """Find the id behind which a client begins; None for the latest."""
        if self._history is None:
            return None
        ring = self._history.find_ring(name)
        if since is None:
            return ring.find_start(self._options.history)
        if since == _BEGINNING:
            return ring.floor
        if since < ring.floor or self._is_foreign(since):
            tell_gone(connection, since, ring)
            return ring.floor
        return since

    def _is_foreign(self, since: Id) -> bool:
        """Tell whether an id can't be of any message that is known here."""
        return since > self._last

    def _catch_up(self, connection: Connection) -> None:
        room = self._places.get(connection)
        if room is not None and self._history is not None:
            room.catch_up(connection, self._history.find_ring(room.name))

    def _end_turn(self) -> None:
        busy, self._busy, self._posted = self._busy, [], 0
        for room in busy:
            posts, room.posts = room.posts, []
            self._publish(room, posts)
        resumed, self._waiting = self._waiting, []
        for connection in resumed:
            connection.resume_reading()

    def _publish(self, room: Room, posts: list[Post]) -> None:
        """Send what was said in a room."""
        if self._history is None:
            self.delivered += room.fanout.deliver(posts)
            return
        entries = [
            self._make_entry(self._next_id(), opcode, payload, number)
            for sender, opcode, payloads in posts
            for number in (room.clients.get(sender, 0) if sender else 0,)
            for payload in payloads
        ]
        self._record(room.name, entries)

    def _record(self, name: str, entries: list[Entry]) -> None:
        """Keep messages, and send them to who is in their room."""
        if self._history is None or not entries:
            return
        ring = self._history.append(name, entries)
        room = self._rooms.get(name)
        if room is not None:
            self.delivered += room.deliver(entries, ring)
        self._history.trim(name)

    def _next_id(self) -> Id:
        self._last = (self._last[0], self._last[1] + 1)
        return self._last

    def _make_entry(
        self, id_: Id, opcode: Opcode, payload: bytes, sender: int
    ) -> Entry:
        if self._options.ids:
            return Entry(id_, Opcode.TEXT, wrap(id_, opcode, payload), sender)
        return Entry(id_, opcode, payload, sender)
