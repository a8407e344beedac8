"""
Many servers, one broadcast: what is said goes through a stream that all of them read.

Each server numbers what it publishes. A batch whose fate is unknown, because the stream
went away meanwhile, is published again, and who reads a number twice drops it; who
misses a number knows, and says, that messages are lost. What can't be published yet
waits, up to a limit; then nothing more is read from those who speak.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from wstool.connection.redis_stream import StreamEntry, StreamFailed, StreamState
from wstool.connection.server_event import ServerEvent
from wstool.errors import ConnectFailed
from wstool.phrases import count_messages
from wstool.services.hub.history import Id
from wstool.wire.opcode import Opcode


__all__ = ["Bus", "Record", "Stream"]

_BATCH = 1000
_BATCH_BYTES = 1 << 20
_BLOCK = 2.0
_FIRST_PAUSE, _MAX_PAUSE = 0.05, 1.0
# What was published and confirmed is kept for the case that the stream loses its end.
_MAX_RECENT = 10_000
_RECENT_BYTES = 4 << 20
_MAX_SERVERS = 1000
# What a message takes besides its bytes, roughly.
_PENDING_SIZE = 160
# Redis can't restart in less; after more than that without a word from it, it may have.
_RESTART_TIME = 0.01
_FLUSH_TIMEOUT = 2.0
_PUBLISHING, _READING = "publishing", "reading"


class Stream(Protocol):
    """A stream that outlives servers; see ``RedisStream``."""

    async def find_state(self) -> StreamState:
        """Find out what is in the stream."""

    async def append(self, entries: Sequence[tuple[bytes, bytes]], /) -> list[Id]:
        """Append entries."""

    async def has(self, id_: Id, /) -> bool:
        """Tell whether an entry is in the stream."""

    async def read(
        self, after: Id, /, *, count: int, block: float
    ) -> list[StreamEntry]:
        """Read entries."""

    async def close(self) -> None:
        """Close the connections."""


class Record(NamedTuple):
    """A message that all servers get."""

    id: Id
    room: str
    opcode: Opcode
    payload: bytes
    sender: int
    """Number of the client here that it came from; 0 if it came from elsewhere."""


class _Pending(NamedTuple):
    """A message on its way into the stream."""

    meta: bytes
    payload: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes while it waits."""
        return len(self.meta) + len(self.payload) + _PENDING_SIZE


class Bus:
    """One server's part."""

    def __init__(
        self,
        stream: Stream,
        *,
        name: str,
        server: str,
        limit: int,
        receive: Callable[[list[Record]], None],
        lose: Callable[[int], None],
        unblock: Callable[[], None],
        log: Callable[[ServerEvent], None],
    ) -> None:
        """
        Prepare; ``start`` begins.

        Args:
            name: What the stream is called in the log.
            server: Name of this server, that no other one has.
            limit: Bytes that may wait to be published.
            receive: Takes messages, in the order of the stream.
            lose: Is told that so many messages are lost.
            unblock: Is told that there is room again after ``is_full``.
        """
        self._stream = stream
        self._name = name
        self._server = server
        self._limit = limit
        self._receive = receive
        self._lose = lose
        self._unblock = unblock
        self._log = log
        self._number = 0
        self._waiting: deque[_Pending] = deque()
        self._waiting_bytes = 0
        self._was_full = False
        self._has_work = asyncio.Event()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._recent: deque[tuple[Id, _Pending]] = deque()
        self._recent_bytes = 0
        self._heard: dict[bytes, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        # Reading may go well while nothing can be published, and the other way round.
        self._problems: dict[str, str] = {}
        self._needs_repair = False
        self._confirmed_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._lost = 0
        self.last: Id = (0, 0)
        """Id of the latest message read."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be published for now."""
        return self._waiting_bytes > self._limit

    def describe(self) -> dict[str, object]:
        """Give what ``/healthz`` shows."""
        state: dict[str, object] = {
            "state": "away" if self._problems else "connected",
            "waiting": len(self._waiting),
            "lost": self._lost,
        }
        if self._problems:
            state["problem"] = next(iter(self._problems.values()))
        return state

    async def open(self) -> Id:
        """
        Find the stream.

        Returns:
            Id up to which messages are not known.

        Raises:
            ConnectFailed: If the stream can't be had.
        """
        try:
            state = await self._stream.find_state()
        except StreamFailed as error:
            raise ConnectFailed(self._name, str(error)) from error
        self.last = state.floor
        return state.floor

    async def start(self) -> None:
        """
        Read all that is in the stream, and go on reading.

        Raises:
            ConnectFailed: If the stream can't be had.
        """
        try:
            while entries := await self._read(block=0.0):
                self._take(entries)
        except StreamFailed as error:
            raise ConnectFailed(self._name, str(error)) from error
        self._tasks = [
            asyncio.ensure_future(self._publish_all()),
            asyncio.ensure_future(self._read_all()),
        ]

    async def stop(self) -> None:
        """Publish what waits, if that is possible soon, and end."""
        try:
            async with asyncio.timeout(_FLUSH_TIMEOUT):
                await self._is_empty.wait()
        except TimeoutError:
            self._tell(f"{count_messages(len(self._waiting))} could not be published")
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._stream.close()

    def publish(
        self, room: str, opcode: Opcode, payloads: list[bytes], sender: int
    ) -> None:
        """Publish messages: they come back to ``receive``, here and everywhere."""
        head = self._server.encode()
        tail = b":%d:%d:%s" % (sender, opcode, room.encode(errors="surrogatepass"))
        for payload in payloads:
            self._number += 1
            pending = _Pending(b"%s:%d%s" % (head, self._number, tail), payload)
            self._waiting.append(pending)
            self._waiting_bytes += pending.size
        self._has_work.set()
        self._is_empty.clear()
        self._was_full |= self.is_full

    async def _publish_all(self) -> None:
        pause = 0.0
        while True:
            await self._has_work.wait()
            try:
                # A client of Redis connects again without a word.
                silence = self._loop.time() - self._confirmed_at
                if self._needs_repair or silence > _RESTART_TIME:
                    await self._repair()
                await self._publish_batch()
                pause = 0.0
                self._come_back(_PUBLISHING)
            except StreamFailed as error:
                self._go_away(_PUBLISHING, str(error))
                pause = min(max(pause * 2, _FIRST_PAUSE), _MAX_PAUSE)
                await asyncio.sleep(pause)

    async def _publish_batch(self) -> None:
        batch: list[_Pending] = []
        size = 0
        for pending in self._waiting:
            if len(batch) == _BATCH or size > _BATCH_BYTES:
                break
            batch.append(pending)
            size += pending.size
        if batch:
            ids = await self._stream.append(batch)
            for id_, pending in zip(ids, batch, strict=True):
                self._waiting.popleft()
                self._remember(id_, pending)
            self._waiting_bytes -= size
            self._confirmed_at = self._loop.time()
        if not self._waiting:
            self._has_work.clear()
            self._is_empty.set()
        if self._was_full and self._waiting_bytes <= self._limit // 2:
            self._was_full = False
            self._unblock()

    def _remember(self, id_: Id, pending: _Pending) -> None:
        self._recent.append((id_, pending))
        self._recent_bytes += pending.size
        while len(self._recent) > _MAX_RECENT or self._recent_bytes > _RECENT_BYTES:
            self._recent_bytes -= self._recent.popleft()[1].size

    async def _repair(self) -> None:
        """
        Publish again what the stream has lost of what it had confirmed.

        That has to come before anything new, or else those who hear the new numbers
        take the old ones for heard.
        """
        count = 0
        while self._recent and not await self._stream.has(self._recent[-1][0]):
            _, pending = self._recent.pop()
            self._waiting.appendleft(pending)
            self._recent_bytes -= pending.size
            self._waiting_bytes += pending.size
            self._is_empty.clear()
            count += 1
        self._needs_repair = False
        if count:
            self._tell(f"has lost {count_messages(count)}: they are published again")

    async def _read_all(self) -> None:
        pause = 0.0
        while True:
            try:
                if pause:
                    await self._rewind()
                    self._come_back(_READING)
                self._take(await self._read(block=_BLOCK))
                pause = 0.0
                self._come_back(_READING)
                # Clients that read have a chance to.
                await asyncio.sleep(0)
            except StreamFailed as error:
                self._go_away(_READING, str(error))
                pause = min(max(pause * 2, _FIRST_PAUSE), _MAX_PAUSE)
                await asyncio.sleep(pause)

    async def _read(self, *, block: float) -> list[StreamEntry]:
        return await self._stream.read(self.last, count=_BATCH, block=block)

    async def _rewind(self) -> None:
        """Begin again where a stream that lost its end would give ids once more."""
        state = await self._stream.find_state()
        if state.last < self.last:
            self._tell("has lost its latest messages")
            self.last = state.floor

    def _take(self, entries: list[StreamEntry]) -> None:
        records = []
        for entry in entries:
            self.last = entry.id
            record = self._parse(entry)
            if record is not None:
                records.append(record)
        if records:
            self._receive(records)

    def _parse(self, entry: StreamEntry) -> Record | None:
        """Read an entry; None if it was read before, or isn't one of ours."""
        try:
            server, number, sender, opcode, room = entry.meta.split(b":", 4)
            place = int(number), int(sender), Opcode(int(opcode))
            name = room.decode(errors="surrogatepass")
        except ValueError:
            return None
        if not self._hear(server, place[0]):
            return None
        number_here = place[1] if server == self._server.encode() else 0
        return Record(entry.id, name, place[2], entry.data, number_here)

    def _hear(self, server: bytes, number: int) -> bool:
        """Take note of a server's number; False if it was heard before."""
        heard = self._heard.pop(server, None)
        self._heard[server] = number if heard is None else max(heard, number)
        if len(self._heard) > _MAX_SERVERS:
            del self._heard[next(iter(self._heard))]
        if heard is not None and number > heard + 1:
            count = number - heard - 1
            self._lost += count
            self._tell(f"has lost {count_messages(count)} of another server")
            self._lose(count)
        return heard is None or number > heard

    def _go_away(self, doing: str, problem: str) -> None:
        if not self._problems:
            self._tell(f"is away, so messages wait: {problem}")
        self._problems[doing] = problem
        # Also what is confirmed may be lost by then.
        self._needs_repair = True
        self._has_work.set()

    def _come_back(self, doing: str) -> None:
        if self._problems.pop(doing, None) is not None and not self._problems:
            self._tell("is back")

    def _tell(self, text: str) -> None:
        self._log(ServerEvent("bus", self._name, text))
