"""Round trips on one connection, as ping(8) measures them on a network."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from wstool.connection.handler import Ending, Handler, QuietHandler
from wstool.connection.transport import Connection
from wstool.connection.waiting import first_of, run_unless
from wstool.errors import ExpectationFailed, WstoolError
from wstool.measure.spread import Spread
from wstool.wire.batch import Batch
from wstool.wire.close import Close, CloseCode
from wstool.wire.opcode import Opcode


__all__ = ["PingOptions", "PingWatcher", "Pinger"]

_NUMBER_SIZE = 4
_NONCE_SIZE = 4


class PingOptions(NamedTuple):
    """What is measured, and how often."""

    limit: int | None = None
    """How many pings to send; None for no end."""
    interval: float = 1.0
    """Seconds between them."""
    wait: float = 10.0
    """Seconds after which a ping counts as lost."""
    flood: bool = False
    """Whether to send the next ping as soon as the last one is settled."""
    message: Batch | None = None
    """A message to send instead of ping frames; the next one back is its reply."""
    close: Close = Close(CloseCode.NORMAL_CLOSURE)
    ok_close: frozenset[int] = frozenset({1000, 1001})


class PingWatcher(Protocol):
    """What is told while it runs."""

    def replied(self, number: int, duration: int, /) -> None:
        """Take the round trip of a ping, in nanoseconds."""

    def merged(self, number: int, duration: int, by: int, /) -> None:
        """Take the round trip of a ping that the pong of a later one answers."""

    def lost(self, number: int, /) -> None:
        """Take that a ping wasn't answered in time."""

    def late(self, number: int, duration: int, /) -> None:
        """Take the answer to a ping that counts as lost."""


class _Ping:
    """A ping on its way."""

    __slots__ = ("number", "sent", "timer")

    def __init__(self, number: int, sent: int, timer: asyncio.TimerHandle) -> None:
        self.number = number
        self.sent = sent
        self.timer = timer
        """Gives up."""


# So many may be on their way, or lost and kept for a late answer; memory is bounded.
_MAX_KEPT = 1 << 14


class Pinger(QuietHandler):
    """A handler of one connection that sends pings and measures the round trips."""

    def __init__(
        self,
        options: PingOptions,
        watcher: PingWatcher,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._options = options
        self._watcher = watcher
        self._clock = clock
        self._nonce = os.urandom(_NONCE_SIZE)
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        self._pings: dict[int, _Ping] = {}
        self._lost: dict[int, _Ping] = {}
        self._next: asyncio.Handle | None = None
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[Ending] = self._loop.create_future()
        self.spread = Spread()
        """The round trips."""
        self.sent = 0
        """Pings sent."""
        self.waiting = 0
        """Pings that are neither answered nor lost."""

    @property
    def lost(self) -> int:
        """Pings that were not answered in time, or not before the end."""
        return self.sent - self.spread.count - self.waiting

    async def run(
        self,
        dial: Callable[[Handler], Awaitable[Connection]],
        stopped: asyncio.Future[WstoolError],
    ) -> None:
        """
        Connect, ping, and close.

        Raises:
            WstoolError: If it can't connect, or the connection ends by itself.
            ExpectationFailed: If pings were lost.
        """
        self._connection = await run_unless(dial(self), stopped)
        self._send()
        try:
            await first_of(self._finished, self._ended, stopped)
        finally:
            self._settle()
        ending = await self._close()
        wanted = self.sent
        if ending.closed_by_peer and not stopped.done():
            wanted = self._options.limit or wanted
        if self.lost or wanted > self.sent:
            nouns = ("pong", "pongs")
            if self._options.message is not None:
                nouns = ("reply", "replies")
            noun = nouns[wanted != 1]
            got = f"{self.spread.count}"
            if ending.closed_by_peer:
                got += " before the peer closed"
            raise ExpectationFailed(f"{wanted} {noun}", got)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Take messages, each as the reply to the oldest one that has none."""
        if self._options.message is not None:
            for _ in payloads:
                if self._lost:
                    self._answer_late(next(iter(self._lost)))
                elif self._pings:
                    self._answer(next(iter(self._pings.values())))

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """
        Take a pong, unless it is one of the keep-alive's.

        RFC 6455, 5.5.3 lets a peer answer only the last of several pings: those before
        it are answered, too.
        """
        if self._options.message is not None or not payload.startswith(self._nonce):
            return
        number = int.from_bytes(payload[_NONCE_SIZE:], "big")
        if number in self._lost:
            self._answer_late(number)
        elif number in self._pings:
            while (ping := next(iter(self._pings.values()))).number != number:
                self._answer(ping, by=number)
            self._answer(ping)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end of the connection."""
        if not self._ended.done():
            self._ended.set_result(ending)

    def _send(self) -> None:
        """Send a ping, and see to the next one."""
        self._next = None
        if self._connection is None or not self._connection.is_open:
            return
        if not self._options.flood and self.sent + 1 != self._options.limit:
            self._next = self._loop.call_later(self._options.interval, self._send)
        if len(self._pings) + len(self._lost) >= _MAX_KEPT:
            if not self._lost:
                return
            del self._lost[next(iter(self._lost))]
        self.sent += 1
        self.waiting += 1
        number = self.sent & 0xFFFFFFFF
        timer = self._loop.call_later(self._options.wait, self._expire, self.sent)
        self._pings[number] = _Ping(number, self._clock(), timer)
        if self._options.message is not None:
            message = self._options.message
            self._connection.send(message.opcode, message.payloads)
        else:
            payload = self._nonce + number.to_bytes(_NUMBER_SIZE, "big")
            self._connection.send_ping(payload)

    def _answer(self, ping: _Ping, *, by: int | None = None) -> None:
        duration = self._clock() - ping.sent
        del self._pings[ping.number]
        ping.timer.cancel()
        self.waiting -= 1
        self.spread.add(duration)
        if by is None:
            self._watcher.replied(ping.number, duration)
        else:
            self._watcher.merged(ping.number, duration, by)
        self._go_on()

    def _answer_late(self, number: int) -> None:
        ping = self._lost.pop(number)
        self._watcher.late(number, self._clock() - ping.sent)

    def _expire(self, sent: int) -> None:
        ping = self._pings.pop(sent & 0xFFFFFFFF)
        self._lost[ping.number] = ping
        self.waiting -= 1
        self._watcher.lost(ping.number)
        self._go_on()

    def _go_on(self) -> None:
        if self.sent == self._options.limit:
            if not self.waiting and not self._finished.done():
                self._finished.set_result(None)
        elif self._options.flood and self._next is None:
            self._next = self._loop.call_soon(self._send)

    def _settle(self) -> None:
        """Send no more. What is still on its way when the user stops isn't lost."""
        if self._next is not None:
            self._next.cancel()
        for ping in self._pings.values():
            ping.timer.cancel()
        if self._ended.done():
            self.waiting = 0

    async def _close(self) -> Ending:
        if self._connection is not None:
            self._connection.close(self._options.close)
        ending = await self._ended
        error = ending.find_error(self._options.ok_close)
        if error is not None:
            raise error
        return ending
