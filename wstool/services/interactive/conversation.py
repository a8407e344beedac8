"""The state of a conversation: connected or not, why not, and when again."""

from __future__ import annotations

import asyncio
import enum
import time as clock
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from wstool.errors import WstoolError
from wstool.services.interactive.counters import Counters, RoundTrips
from wstool.services.interactive.link import Link
from wstool.services.interactive.messages import MessageStore, Run
from wstool.services.interactive.recorder import Recorder
from wstool.services.interactive.retry import NoRetry, Retry
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode, opcode_name


if TYPE_CHECKING:
    from wstool.connection.handler import Ending, Handler
    from wstool.connection.transport import Connection
    from wstool.services.interactive.transcript import Transcript


__all__ = ["Conversation", "Dial", "Phase", "View"]

Dial = Callable[["Handler"], Awaitable["Connection"]]


class Phase(enum.Enum):
    """Where a conversation stands; the values are words for the user."""

    IDLE = "starting"
    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    WAITING = "waiting to reconnect"


class View(Protocol):
    """What is told of a conversation. Calls are synchronous and quick."""

    def run_added(self, run: Run, /) -> None:
        """Show messages, sent or received."""

    def control_received(
        self, opcode: Opcode, payload: bytes, round_trip: float | None, /
    ) -> None:
        """Show a ping or pong, with the seconds since the ping if it was ours."""

    def opened(self) -> None:
        """Show that the connection is open."""

    def ended(self) -> None:
        """Show how a connection, or the attempt to make one, ended."""

    def retrying(self, delay: float, /) -> None:
        """Show in how many seconds it is dialed again."""


class Conversation:
    """
    A conversation over one connection after another.

    Args:
        view: Is told of everything.
        close: What our close frame says, unless told otherwise.
        ok_close: Close codes of the peer that are no error.
        retry: Decides whether and when to dial again.
        render_error: Makes a line of an error, for the transcript.
        time: Clock for the messages, in seconds since the epoch.
    """

    def __init__(
        self,
        view: View,
        *,
        close: Close,
        ok_close: frozenset[int],
        retry: Retry | None = None,
        render_error: Callable[[WstoolError], bytes] | None = None,
        time: Callable[[], float] = clock.time,
    ) -> None:
        self._view = view
        self._close = close
        self._ok_close = ok_close
        self._retry: Retry = retry or NoRetry()
        self._recorder = Recorder(time, render_error)
        self._time = time
        self._loop = asyncio.get_running_loop()
        self._dial: Dial | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_held = False
        self._changed = asyncio.Event()
        self.phase = Phase.IDLE
        self.store = MessageStore()
        self.counters = Counters()
        self.round_trips = RoundTrips()
        self.error: WstoolError | None = None
        """What was wrong with the last end of a connection, or attempt to make one."""
        self.ending: Ending | None = None
        """How the last connection ended; None while there is one, or none was made."""
        self.since = self._loop.time()
        """When the phase began, by the loop's clock."""
        self.dial_at = 0.0
        """When it is dialed again, by the loop's clock, while that is awaited."""

    @property
    def connection(self) -> Connection | None:
        """The connection, while there is one."""
        return None if self._link is None else self._link.connection

    @property
    def transcript(self) -> Transcript | None:
        """Where everything is recorded, if anywhere."""
        return self._recorder.transcript

    # What the user does.

    def connect(self, dial: Dial | None = None) -> None:
        """
        Dial, at once; what is there of another connection is cut off.

        Args:
            dial: How; None for as before.
        """
        self._stop_dialing()
        if self._link is not None:
            self._link.cut()
            self.round_trips.forget()
        self._dial = dial or self._dial
        self._start_dialing()

    async def switch(self, dial: Dial | None = None) -> None:
        """Close what is open, wait for that, and dial, as before or elsewhere."""
        self.close()
        await self.wait_until(Phase.CLOSED, Phase.IDLE, Phase.WAITING)
        self.connect(dial)

    def send(self, batch: Batch) -> bool:
        """Send messages, and say whether they went; they don't unless it is open."""
        connection = self._find_open()
        if connection is None:
            return False
        connection.send(batch.opcode, batch.payloads)
        self._note_sent(batch)
        return True

    def send_fragments(self, batch: Batch, size: int) -> bool:
        """Send messages in fragments of at most so many bytes."""
        connection = self._find_open()
        if connection is None:
            return False
        connection.endpoint.send_fragments(batch.opcode, batch.payloads, size)
        # Sending no message writes what the endpoint holds.
        connection.send(batch.opcode, [])
        self._note_sent(batch)
        return True

    def ping(self, payload: bytes) -> bool:
        """Send a ping of at most 125 bytes; say whether it went."""
        connection = self._find_open()
        if connection is None:
            return False
        connection.send_ping(payload)
        return True

    def pong(self, payload: bytes) -> bool:
        """Send a pong that nobody asked for, of at most 125 bytes; say if it went."""
        connection = self._find_open()
        if connection is None:
            return False
        self.counters.pongs_sent += 1
        self._recorder.add("pong", sent=True, payload=payload)
        connection.send_pong(payload)
        return True

    def close(self, close: Close | None = None) -> None:
        """Start the closing handshake, or stop trying to connect."""
        self._stop_dialing()
        connection = self.connection
        if self.phase in (Phase.CONNECTING, Phase.WAITING):
            self._enter(Phase.CLOSED)
        elif self.phase is Phase.OPEN and connection is not None:
            self._enter(Phase.CLOSING)
            close = self._close if close is None else close
            if connection.is_open:
                self._recorder.add("close", sent=True, close=close)
            connection.close(close)

    async def leave(self, *, limit: float | None = None) -> None:
        """
        Close, wait for the end, and finish the transcript.

        Args:
            limit: Seconds to wait for the end, if not all that `--close-timeout` says.

        Raises:
            WstoolError: What was wrong with the end.
        """
        self._retry = NoRetry()
        self.close()
        try:
            async with asyncio.timeout(limit):
                await self.wait_until(Phase.CLOSED, Phase.IDLE)
        except TimeoutError:
            self.abandon()
        failure = await self._recorder.finish()
        if self.error is not None or failure is not None:
            raise self.error or failure or AssertionError("there is an error")

    def abandon(self) -> None:
        """Drop the connection and what is not recorded yet, without waiting."""
        self._stop_dialing()
        if self._link is not None:
            self._link.cut()

    async def writable(self) -> None:
        """Wait until the peer takes more, or the connection has ended."""
        if self._link is not None:
            await self._link.writable()

    async def wait_until(self, *phases: Phase) -> None:
        """Wait for one of some phases."""
        while self.phase not in phases:
            self._changed.clear()
            await self._changed.wait()

    def record(self, transcript: Transcript | None) -> None:
        """Record to a transcript from now on, or no more."""
        self._recorder.switch(transcript)
        self.hold_reading(False)

    def hold_reading(self, held: bool) -> None:
        """Take nothing from the peer while the transcript is behind."""
        self._is_held = held
        if self._link is not None:
            self._link.hold("transcript", held)

    # What the connection's observers see.

    def note_ping(self, payload: bytes) -> None:
        """Take note of a ping of ours, the user's or the keep-alive's."""
        self.counters.pings_sent += 1
        self.round_trips.start(payload, self._loop.time())
        self._recorder.add("ping", sent=True, payload=payload)

    def note_received(self, data: bytes) -> None:
        """Take note of bytes that were read."""
        self.counters.wire_received += len(data)

    def note_written(self, data: bytes) -> None:
        """Take note of bytes that are written."""
        self.counters.wire_sent += len(data)

    # What the link brings.

    def take_batch(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Take messages: number, count, record and show them."""
        self._open_if_connecting()
        self.counters.add_received(payloads)
        run = self.store.add(opcode, payloads, sent=False, time=self._time())
        self._recorder.add_run(run)
        self._view.run_added(run)

    def take_control(self, opcode: Opcode, payload: bytes, /) -> None:
        """Count and record a ping, which is answered already, or a pong."""
        self._open_if_connecting()
        round_trip = None
        self._recorder.add(opcode_name(opcode), sent=False, payload=payload)
        if opcode is Opcode.PING:
            self.counters.pings_received += 1
            self.counters.pongs_sent += 1
            self._recorder.add("pong", sent=True, payload=payload)
        else:
            self.counters.pongs_received += 1
            round_trip = self.round_trips.finish(payload, self._loop.time())
        self._view.control_received(opcode, payload, round_trip)

    def take_close(self, close: Close, by_peer: bool, /) -> None:
        """Record the peer's close frame and our answer."""
        self._open_if_connecting()
        self._recorder.add("close", sent=False, close=close)
        if by_peer:
            self._recorder.add("close", sent=True, close=Close(close.code))
        if self.phase is Phase.OPEN:
            self._enter(Phase.CLOSING)

    def take_end(self, ending: Ending, /) -> None:
        """Find out how it ended, and whether to dial again."""
        self._open_if_connecting()
        self._link = None
        asked = self.phase is Phase.CLOSING and not ending.closed_by_peer
        self.ending = ending
        self.error = ending.find_error(self._ok_close)
        self.round_trips.forget()
        self._recorder.add_error(self.error)
        self._end(None if asked else self.error, again=not asked)

    # From one phase to the next.

    def _find_open(self) -> Connection | None:
        """Find the connection if messages can be sent on it."""
        connection = self.connection
        if self.phase is not Phase.OPEN or connection is None:
            return None
        return connection if connection.is_open else None

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = self._loop.time()
        self._changed.set()

    def _start_dialing(self) -> None:
        if self._dial is None:
            raise AssertionError("there is nowhere to dial")
        self.ending = self.error = None
        self._link = link = Link(self, loop=self._loop)
        link.hold("transcript", self._is_held)
        self._enter(Phase.CONNECTING)
        self._dialing = asyncio.ensure_future(self._run_dial(self._dial, link))

    async def _run_dial(self, dial: Dial, link: Link) -> None:
        try:
            connection = await dial(link)
        except WstoolError as error:
            self._dialing = self._link = None
            self.error = error
            self._recorder.add_error(self.error)
            self._end(error, again=True)
            return
        self._dialing = None
        link.attach(connection)
        if link is self._link:
            self._open_if_connecting()

    def _open_if_connecting(self) -> None:
        """Know that it's open; messages may come before the dialer is done."""
        if self.phase is not Phase.CONNECTING:
            return
        # Who closes now closes a connection, and not an attempt to make one.
        self._dialing = None
        self.counters.connections += 1
        self._retry.opened()
        self._enter(Phase.OPEN)
        connection = self.connection
        subprotocol = None if connection is None else connection.subprotocol
        self._recorder.add("open", sent=False, subprotocol=subprotocol)
        self._view.opened()

    def _end(self, error: WstoolError | None, *, again: bool) -> None:
        self._enter(Phase.CLOSED)
        self._view.ended()
        delay = self._retry.next_delay(error, self.ending) if again else None
        if delay is None or self.phase is not Phase.CLOSED:
            return
        self.dial_at = self._loop.time() + delay
        self._timer = self._loop.call_later(delay, self._dial_again)
        self._enter(Phase.WAITING)
        self._view.retrying(delay)

    def _dial_again(self) -> None:
        self._timer = None
        self._start_dialing()

    def _stop_dialing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._dialing is not None:
            self._dialing.cancel()
            self._dialing = self._link = None

    def _note_sent(self, batch: Batch) -> None:
        self.counters.add_sent(batch.payloads)
        run = self.store.add(batch.opcode, batch.payloads, sent=True, time=self._time())
        self._recorder.add_run(run)
        self._view.run_added(run)
