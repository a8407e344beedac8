"""The layer between a connection and its transport that writes out the faults."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from wstool.connection.faults.response import (
    alter_response,
    make_rejection,
    slow_down,
)
from wstool.connection.faults.script import Script, Step
from wstool.connection.transport import Connection
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode


__all__ = ["FaultLayer"]

# Bytes held back from which on nothing more is wanted, as a transport has them.
_HIGH_WATER = 1 << 16
_LOW_WATER = 1 << 14
# A message that is to be overtaken waits this long for another one.
_HOLD = 0.1
# A client has so long to react to an ending.
_LINGER = 5.0
_FLOOD_INTERVAL = 0.1
_SLICES_PER_SECOND = 20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_ACCEPTING = b"HTTP/1.1 101 "


class _Entry:
    """Bytes that wait for their time."""

    __slots__ = ("data", "drips", "due", "ending")

    def __init__(self, due: float, step: Step, drips: bool) -> None:
        self.due = due
        self.drips = drips
        self.data = step.data
        self.ending = step.ending


class FaultLayer(asyncio.Transport, asyncio.Protocol):
    """
    A transport for a connection, and a protocol for the transport below.

    What waits here counts as not yet written, so that flow control goes on holding.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        script: Script,
        *,
        loop: asyncio.AbstractEventLoop,
        ended: Callable[[str], None] | None = None,
    ) -> None:
        """
        Take over a transport.

        Args:
            ended: Is told at the end, with the peer's address for people.
        """
        super().__init__()
        self._below = transport
        self._protocol = cast(asyncio.Protocol, transport.get_protocol())
        self._script = script
        self._loop = loop
        self._ended = ended
        self._is_open = False
        self._queue: deque[_Entry] = deque()
        self._queued = 0
        self._last_due = 0.0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._drip = script.whole.get("drip", 0.0)
        self._next_drop = 0.0
        self._is_silent = False
        self._is_closing = False
        self._below_paused = False
        self._is_paused = False
        transport.set_protocol(self)

    # What the connection calls, and the opening handshake before it.

    def write(self, data: Any) -> None:
        """Write frames as the faults have them, once a connection is accepted."""
        if not self._is_open:
            self._write_response(bytes(data))
            return
        protocol = self._protocol
        is_reply = (
            isinstance(protocol, Connection)
            and protocol.endpoint.close_received is not None
        )
        self._enqueue(self._script.feed(bytes(data), is_reply=is_reply))
        if self._script.holds:
            self._set_timer("hold", _HOLD, self._release)

    def writelines(self, list_of_data: Any) -> None:
        """Write frames that come in pieces."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Tell whether the stream's end can be sent."""
        return self._below.can_write_eof()

    def write_eof(self) -> None:
        """Send the stream's end, behind what waits."""
        self._enqueue([Step(b"", ending="eof")])

    def close(self) -> None:
        """Close, once what waits is written; not at all where no reply is sent."""
        if self._script.struck["no-close-reply"] or self._is_closing:
            return
        self._is_closing = True
        if not self._queue:
            self._below.close()

    def is_closing(self) -> bool:
        """Tell whether it closes."""
        return self._is_closing or self._below.is_closing()

    def abort(self) -> None:
        """End at once."""
        self._clear()
        self._below.abort()

    def get_write_buffer_size(self) -> int:
        """Count what waits here and below."""
        return self._queued + self._below.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell what the transport below knows."""
        return self._below.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read nothing; who plays dead goes on reading, to notice the end."""
        if not self._is_silent:
            self._below.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if not self._is_silent:
            self._below.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Take the connection in place of the opening handshake."""
        self._protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give the protocol that stands on top."""
        return self._protocol

    # What the transport below calls.

    def data_received(self, data: bytes) -> None:
        """Pass on what was read; who plays dead hears nothing."""
        if not self._is_silent:
            self._protocol.data_received(data)

    def eof_received(self) -> bool:
        """Pass on the end of the peer's stream, and close behind what waits."""
        self._protocol.eof_received()
        self._is_closing = True
        return bool(self._queue)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on the end of the transport."""
        self._clear()
        if self._ended is not None and isinstance(self._protocol, Connection):
            self._ended(self._protocol.peer)
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """Take note that the transport below is full."""
        self._below_paused = True
        self._tell_pressure()

    def resume_writing(self) -> None:
        """Take note that the transport below has room."""
        self._below_paused = False
        self._tell_pressure()

    def _write_response(self, response: bytes) -> None:
        """Write the answer to the opening handshake."""
        if not response.startswith(_ACCEPTING):
            self._below.write(response)
            return
        self._is_open = True
        script = self._script
        script.note_handshake()
        if status := int(script.whole.get("reject", 0)):
            script.has_ended = True
            self._enqueue([Step(make_rejection(status), ending="fin")], drips=False)
            return
        response = alter_response(response, script.whole)
        slowness = script.whole.get("slow-handshake", 0.0)
        pieces = slow_down(response, slowness) if slowness else [(response, 0.0)]
        self._enqueue([Step(data, delay) for data, delay in pieces], drips=False)
        self._enqueue(script.start())
        if script.whole.get("ping-flood"):
            self._set_timer("flood", _FLOOD_INTERVAL, self._flood)

    def _enqueue(self, steps: list[Step], *, drips: bool = True) -> None:
        now = self._loop.time()
        for step in steps:
            self._last_due = max(self._last_due, now + step.delay)
            self._queue.append(_Entry(self._last_due, step, drips))
            self._queued += len(step.data)
        self._pump()

    def _pump(self) -> None:
        """Write what is due, in one piece unless it drips."""
        now = self._loop.time()
        ready: list[bytes] = []
        while self._queue and self._find_due() <= now:
            entry = self._queue[0]
            ready.append(self._take_slice(entry, now))
            if not entry.data:
                self._queue.popleft()
            if not entry.data and entry.ending:
                self._write(ready)
                self._end(entry.ending)
        self._write(ready)
        if self._queue:
            self._set_timer("pump", self._find_due() - now, self._pump)
        elif self._is_closing:
            self._below.close()
        self._tell_pressure()

    def _find_due(self) -> float:
        entry = self._queue[0]
        return max(entry.due, self._next_drop) if entry.drips else entry.due

    def _take_slice(self, entry: _Entry, now: float) -> bytes:
        data = entry.data
        if entry.drips and self._drip:
            data = data[: max(int(self._drip / _SLICES_PER_SECOND), 1)]
            self._next_drop = now + len(data) / self._drip
        entry.data = entry.data[len(data) :]
        self._queued -= len(data)
        return data

    def _write(self, pieces: list[bytes]) -> None:
        data = b"".join(pieces)
        pieces.clear()
        if data:
            self._below.write(data)

    def _end(self, ending: str) -> None:
        below = self._below
        if ending == "reset":
            sock = below.get_extra_info("socket")
            if sock is not None:
                # On, with no time: what closes the socket resets the connection.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            below.abort()
        elif ending == "half-open":
            self._is_silent = True
            if isinstance(self._protocol, Connection):
                # Keep-alive rests then.
                self._protocol.pause_reading()
        elif ending != "close" and below.can_write_eof():
            below.write_eof()
        elif ending != "close":
            below.close()
        if ending in ("close", "fin"):
            self._set_timer("linger", _LINGER, below.abort)

    def _flood(self) -> None:
        count = max(int(self._script.whole["ping-flood"] * _FLOOD_INTERVAL), 1)
        # A client that doesn't read them makes no more of them wait.
        if not self._is_paused and not self._script.has_ended:
            self._script.struck["ping-flood"] += count
            ping = serialize_frame(Opcode.PING, b"flood")
            self._enqueue([Step(ping * count)])
        self._set_timer("flood", _FLOOD_INTERVAL, self._flood)

    def _release(self) -> None:
        self._enqueue(self._script.release())

    def _tell_pressure(self) -> None:
        limit = _LOW_WATER if self._is_paused else _HIGH_WATER
        is_paused = self._below_paused or self._queued > limit
        if is_paused == self._is_paused:
            return
        self._is_paused = is_paused
        if is_paused:
            self._protocol.pause_writing()
        else:
            self._protocol.resume_writing()

    def _set_timer(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        if (timer := self._timers.get(name)) is not None:
            timer.cancel()
        self._timers[name] = self._loop.call_later(max(seconds, 0.0), call)

    def _clear(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._queue.clear()
        self._queued = 0
