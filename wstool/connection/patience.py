"""
How long a connection waits for its peer: for a pong, and for the end.

Nothing here is on the way of data.
"""

from __future__ import annotations

import asyncio

from wstool.connection.endpoint import Endpoint, Role, State
from wstool.connection.keepalive import Action, KeepAlive
from wstool.connection.options import EndpointOptions
from wstool.connection.progress import Progress
from wstool.connection.traffic import Traffic
from wstool.errors import TimedOut, WstoolError


__all__ = ["Patience"]

# When the connection is closed or failed, all that is missing is the stream's end.
_CLOSED_LINGER = 1.0
# A client looks after its keep-alive this often; a server sweeps.
_CHECK_INTERVAL = 1.0


class Patience(Traffic):
    """The limits of a connection, which is one, and its end when they are passed."""

    __slots__ = (
        "_alive_timer",
        "_close_timer",
        "_endpoint",
        "_error",
        "_has_ended",
        "_heard",
        "_keepalive",
        "_loop",
        "_options",
        "_progress",
        "_reading_paused",
        "_role",
        "_transport",
        "_unacknowledged",
    )

    def __init__(
        self,
        role: Role,
        endpoint: Endpoint,
        transport: asyncio.Transport,
        *,
        loop: asyncio.AbstractEventLoop,
        options: EndpointOptions,
    ) -> None:
        super().__init__()
        self._role = role
        self._endpoint = endpoint
        self._transport = transport
        self._loop = loop
        self._options = options
        self._keepalive = KeepAlive(
            interval=options.ping_interval,
            timeout=options.ping_timeout,
            now=loop.time(),
        )
        self._progress = Progress(transport)
        self._alive_timer: asyncio.TimerHandle | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._unacknowledged: int | None = None
        self._heard = 0
        self._reading_paused = False
        self._has_ended = False
        self._error: WstoolError | None = None

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        raise NotImplementedError

    def unacknowledged_bytes(self) -> int:
        """
        Count the bytes sent that the peer's system has not acknowledged.

        Where that can't be known, those count that our own system has not taken. Only
        for clients; the last count stays after the end.
        """
        if self._unacknowledged is not None:
            return self._unacknowledged
        return self._progress.count_unacknowledged(self.bytes_sent)

    def abort(self, error: WstoolError | None = None) -> None:
        """End at once, without a closing handshake; drop what the peer hasn't taken."""
        self._error = self._error or error
        if self._has_ended:  # And asyncio's transports can't be aborted any more.
            return
        if self._role is Role.CLIENT and (left := self.unacknowledged_bytes()):
            # What counts as not gone out must not go out later.
            if self._transport.get_extra_info("sslcontext"):
                self._unacknowledged = left  # The transport forgets it.
            else:
                self._progress.give_up()
        self._transport.abort()

    def check_alive(self, now: float) -> None:
        """Send the ping that is due, or give the peer up; a server calls it."""
        if self._endpoint.state is not State.OPEN:
            return
        heard, self._heard = self._heard != self.bytes_received, self.bytes_received
        resting = self._reading_paused
        action = self._keepalive.check(now, heard=heard, resting=resting)
        if action is Action.PING:
            self._progress.advance()
            self.pinged_at = self._loop.time()
            self.send_ping()
        elif action is Action.GIVE_UP and self._progress.advance():
            # A slow reader's pong comes after all that stands before our ping.
            self._keepalive.postpone(now)
        elif action is Action.GIVE_UP:
            limit = self._options.ping_timeout
            self.abort(TimedOut("waiting for a pong", limit, "--ping-timeout"))

    def _begin_waiting(self) -> None:
        """Start the limits of a client, whose request was acknowledged."""
        self._progress.start()
        self._keep_alive()

    def _keep_alive(self) -> None:
        """Look after the keep-alive, now and then; not at all without pings."""
        interval, timeout = self._options.ping_interval, self._options.ping_timeout
        if interval:
            seconds = min(_CHECK_INTERVAL, interval, timeout or interval)
            self._alive_timer = self._loop.call_later(seconds, self._keep_alive)
            self.check_alive(self._loop.time())

    def _limit_closing(self) -> None:
        """Give the peer its time to close."""
        self._set_close_timer(self._options.close_timeout)

    def _limit_lingering(self) -> None:
        """Give the peer the time to end a stream on which all is said."""
        self._set_close_timer(min(_CLOSED_LINGER, self._options.close_timeout))

    def _end_waiting(self) -> None:
        """Take the end of the stream: nothing is waited for any more."""
        for timer in (self._close_timer, self._alive_timer):
            if timer is not None:
                timer.cancel()
        self._close_timer = self._alive_timer = None
        if self._role is Role.CLIENT:
            self._unacknowledged = self.unacknowledged_bytes()

    def _set_close_timer(self, seconds: float) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._close_timer = self._loop.call_later(seconds, self._end_closing)

    def _end_closing(self) -> None:
        """Give up waiting for the peer, unless it still reads, or we don't."""
        limit = self._options.close_timeout
        if self._endpoint.state is State.CLOSING and (
            self._reading_paused
            or (self._role is Role.CLIENT and self._progress.advance())
        ):
            self._set_close_timer(limit)
            return
        late = TimedOut("waiting for the peer's close frame", limit, "--close-timeout")
        self.abort(late if self._endpoint.close_received is None else None)
