"""The mode ``broadcast``."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from itertools import groupby

from wstool.connection.handler import Ending
from wstool.connection.redis_stream import RedisStream, hide_password
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.services.hub.bus import Bus, Record
from wstool.services.hub.envelope import make_lost, wrap
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
# Milliseconds that another server, or its clients, may be ahead of this one.
_MAX_AHEAD = 60_000


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
        self._history = self._make_history()
        self._bus = None if options.bus is None else self._make_bus(options.bus)
        self._is_ready = self._bus is None

    async def start(self) -> None:
        """
        Read what was said before, by this server or another one.

        Raises:
            ConnectFailed: If the bus can't be had.
        """
        if self._bus is not None:
            self._last = await self._bus.open()
            self._history = self._make_history()
            await self._bus.start()
            self._is_ready = True

    async def stop(self) -> None:
        """Publish what waits, and leave the bus."""
        if self._bus is not None:
            await self._bus.stop()

    def describe_health(self) -> dict[str, object]:
        """Tell how much history there is, and how the bus is."""
        health: dict[str, object] = {}
        if self._bus is not None:
            health["bus"] = self._bus.describe()
        if self._history is not None:
            messages, size = len(self._history), self._history.size
            health["history"] = {"messages": messages, "bytes": size}
        return health

    def find_room(self, visitor: Visitor, /) -> str:
        """Name the room that a client comes to: there is only one."""
        return ""

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse who wants what came since no id, or comes before we know anything."""
        if not self._is_ready:
            headers = (("Retry-After", "1"),)
            return Refusal(503, "the history is still being read", headers=headers)
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
        if self._posted > _TURN_LIMIT or (self._bus is not None and self._bus.is_full):
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

    def _make_history(self) -> History | None:
        options = self._options
        if not options.history and not options.ids:
            return None
        return History(
            max_count=max(options.history, options.keep if options.ids else 0),
            max_bytes=options.keep_bytes,
            floor=self._last,
        )

    def _make_bus(self, url: str) -> Bus:
        options = self._options
        length = max(options.history, options.keep)
        stream = RedisStream(url, options.bus_key, max_length=length)
        return Bus(
            stream,
            name=hide_password(url),
            server=secrets.token_hex(6),
            limit=options.queue_limit,
            receive=self._receive,
            lose=self._tell_lost,
            unblock=self._resume,
            log=self._tools.log,
        )

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
        if self._bus is None:
            return since > self._last
        # Another server may have told it already what this one has still to read.
        return since[0] > self._last[0] + _MAX_AHEAD

    def _catch_up(self, connection: Connection) -> None:
        room = self._places.get(connection)
        if room is not None and self._history is not None:
            room.catch_up(connection, self._history.find_ring(room.name))

    def _end_turn(self) -> None:
        busy, self._busy, self._posted = self._busy, [], 0
        for room in busy:
            posts, room.posts = room.posts, []
            self._publish(room, posts)
        if self._bus is None or not self._bus.is_full:
            self._resume()

    def _resume(self) -> None:
        """Read again from those who had to wait."""
        resumed, self._waiting = self._waiting, []
        for connection in resumed:
            connection.resume_reading()

    def _publish(self, room: Room, posts: list[Post]) -> None:
        """Send what was said in a room."""
        if self._bus is not None:
            for sender, opcode, payloads in posts:
                number = room.clients.get(sender, 0) if sender else 0
                self._bus.publish(room.name, opcode, payloads, number)
            return
        if self._history is None:
            self.delivered += room.fanout.deliver(posts)
            return
        entries = [
            self._make_entry(self._next_id(), opcode, payload, number)
            for sender, opcode, payloads in posts
            for number in (room.clients.get(sender, 0) if sender else 0,)
            for payload in payloads
        ]
        if entries:
            self._record(room.name, entries)

    def _receive(self, records: list[Record]) -> None:
        """Take what was said anywhere, in the order of the bus."""
        if records[0].id <= self._last and self._history is not None:
            # A stream that was lost began again, by a clock that is behind: what is
            # known by later ids is no past of it.
            self._last = (records[0].id[0] - 1, 0)
            self._history = self._make_history()
        self._last = records[-1].id
        for name, group in groupby(records, lambda record: record.room):
            self._record(
                name, [self._make_entry(id_, o, p, n) for id_, _, o, p, n in group]
            )

    def _tell_lost(self, count: int) -> None:
        """Tell clients of messages that were lost on the bus."""
        if self._options.ids:
            post = Post(None, Opcode.TEXT, [make_lost(count)])
            for room in self._rooms.values():
                room.fanout.deliver([post])

    def _record(self, name: str, entries: list[Entry]) -> None:
        """Keep messages, and send them to who is in their room."""
        history = self._history
        ring = None if history is None else history.append(name, entries)
        room = self._rooms.get(name)
        if room is not None:
            self.delivered += room.deliver(entries, ring)
        if history is not None:
            history.trim(name)

    def _next_id(self) -> Id:
        self._last = (self._last[0], self._last[1] + 1)
        return self._last

    def _make_entry(
        self, id_: Id, opcode: Opcode, payload: bytes, sender: int
    ) -> Entry:
        if self._options.ids:
            return Entry(id_, Opcode.TEXT, wrap(id_, opcode, payload), sender)
        return Entry(id_, opcode, payload, sender)
