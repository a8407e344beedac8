"""Two servers on a stream in memory."""

from __future__ import annotations

import asyncio

from wstool.connection.redis_stream import StreamEntry, StreamFailed, StreamState
from wstool.services.hub.bus import Bus
from wstool.wire.opcode import Opcode


class FakeStream:
    """A stream in memory, that can be away, and lose what a test says."""

    def __init__(self):
        self.entries = []
        self.count = 0
        self.is_away = False
        self.refusal = None
        self.lose_answers = 0
        self.answers_left = None
        self.sizes = []
        self._changed = asyncio.Event()

    def _check(self):
        if self.is_away:
            raise StreamFailed("it is away")

    async def find_state(self):
        """Find out what is in the stream."""
        self._check()
        last = self.entries[-1].id if self.entries else (0, 0)
        return StreamState((0, 0), last)

    async def append(self, entries):
        """Append entries; the answer may be lost."""
        self._check()
        if self.refusal is not None:
            raise StreamFailed(self.refusal)
        self.sizes.append(len(entries))
        ids = [self.put(meta, data) for meta, data in entries]
        if self.lose_answers:
            self.lose_answers -= 1
            raise StreamFailed("the answer is lost")
        return ids

    def put(self, meta, data):
        """Put an entry there; give its id."""
        self.count += 1
        self.entries.append(StreamEntry((1, self.count), meta, data))
        self._changed.set()
        return (1, self.count)

    async def has(self, id_):
        """Tell whether an entry is there."""
        self._check()
        if self.answers_left is not None:
            self.answers_left -= 1
            if self.answers_left < 0:
                self.go_away()
                self._check()
        return any(entry.id == id_ for entry in self.entries)

    async def read(self, after, *, count, block):
        """Read entries; wait for one if told so."""
        self._check()
        while block and not any(entry.id > after for entry in self.entries):
            self._changed.clear()
            await self._changed.wait()
            self._check()
        return [entry for entry in self.entries if entry.id > after][:count]

    def go_away(self):
        """Be away from now on."""
        self.is_away = True
        self._changed.set()

    async def close(self):
        """Need nothing."""


class Server:
    """A bus, and what it hands on."""

    def __init__(self, stream, name, limit=1 << 20):
        self.heard = []
        self.lost = []
        self.log = []
        self.unblocked = 0
        self.bus = Bus(
            stream,
            name="redis",
            server=name,
            limit=limit,
            receive=self.heard.extend,
            lose=self.lost.append,
            unblock=self._unblock,
            log=lambda event: self.log.append(event.text),
        )

    @property
    def payloads(self):
        """Payloads heard."""
        return [record.payload for record in self.heard]

    def _unblock(self):
        self.unblocked += 1

    async def start(self):
        """Start."""
        await self.bus.open()
        await self.bus.start()

    def say(self, *payloads, room="", sender=7):
        """Publish."""
        self.bus.publish(room, Opcode.TEXT, list(payloads), sender)


def play(run_with_clock, scenario, *, limit=1 << 20):
    """Run a scenario with two servers on one stream."""

    async def run():
        stream = FakeStream()
        servers = [Server(stream, name, limit) for name in ("one", "two")]
        for server in servers:
            await server.start()
        try:
            return await scenario(stream, *servers)
        finally:
            stream.is_away = False
            for server in servers:
                await server.bus.stop()

    return run_with_clock(run())
