"""A live connection of our own, inspected as its bytes pass."""

from __future__ import annotations

from collections.abc import Callable

from wstool.connection.facts import Route
from wstool.connection.options import Observer
from wstool.services.inspector.conversation import Conversation, Numbering
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    Report,
)
from wstool.services.inspector.waiting import note_wait
from wstool.wire.dissector import MAX_KEPT
from wstool.wire.handshake import Request, Response, agree_deflate, find_values
from wstool.wire.reading import read_request, read_response


__all__ = ["LiveInspector"]


class LiveInspector:
    """Inspect a connection as its bytes pass; when it is made anew, that one too."""

    def __init__(
        self,
        report: Report,
        *,
        clock: Callable[[], float],
        several: bool = False,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start before the opening handshake.

        Args:
            report: Takes what is found.
            clock: Tells the time in seconds since the epoch.
            several: Whether there may be several connections, which are then told
                apart by their addresses.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._report = report
        self._clock = clock
        self._several = several
        self._max_kept = max_kept
        self._numbering = Numbering()
        self._request: Request | None = None
        self._request_time: float | None = None
        self._conversation: Conversation | None = None
        self._connections = 0

    @property
    def observer(self) -> Observer:
        """The callbacks for the connection's options."""
        return Observer(
            connected=self._connect,
            request_sent=self._send_request,
            response_received=self._receive_response,
            bytes_received=self._receive_bytes,
            bytes_sent=self._send_bytes,
        )

    def finish(self) -> None:
        """Report what is missing at the end."""
        if self._conversation is None:
            return
        time = self._clock()
        self._conversation.finish(ended=True, time=time)
        self._conversation = None
        # Whoever ends it hears of that otherwise.
        text = "the connection has ended"
        self._report.event_found(
            Event(EventKind.END, text, self._connections, time=time, silent=True)
        )

    def _connect(self, route: Route) -> None:
        self.finish()
        ends = (route.local, route.remote) if route.local else (route.remote,)
        self._report.event_found(
            Event(
                EventKind.CONNECTION,
                " > ".join(ends),
                self._connections + 1,
                time=self._clock(),
                silent=not self._several,
            )
        )

    def _send_request(self, request: Request) -> None:
        self.finish()
        self._request, self._request_time = request, self._clock()
        self._report.handshake_found(
            HandshakeHalf(
                Direction.SENT,
                request,
                read_request(request),
                self._request_time,
                self._connections + 1,
            )
        )

    def _receive_response(self, response: Response) -> None:
        half = HandshakeHalf(
            Direction.RECEIVED,
            response,
            read_response(self._request, response),
            self._clock(),
            self._connections + 1,
        )
        self._report.handshake_found(half)
        slow = note_wait(self._request_time, half)
        if slow is not None:
            self._report.event_found(slow)
        extensions = ", ".join(
            find_values(response.headers, "Sec-WebSocket-Extensions")
        )
        try:
            params = agree_deflate(extensions)
        except ValueError:
            # The handshake fails, and says why.
            return
        if response.status != 101:
            return
        self._connections += 1
        self._conversation = Conversation(
            self._report,
            params,
            numbering=self._numbering,
            connection=self._connections,
            max_kept=self._max_kept,
        )

    def _receive_bytes(self, data: bytes) -> None:
        if self._conversation is not None:
            self._conversation.feed(Direction.RECEIVED, data, self._clock())

    def _send_bytes(self, data: bytes) -> None:
        if self._conversation is not None:
            self._conversation.feed(Direction.SENT, data, self._clock())
