"""
A connection from the first byte on: the opening handshake in HTTP, then frames.

Its bytes come from a capture or a proxy; nobody says what they are. A connection that
turns out not to be one of WebSocket is passed over in silence.
"""

from __future__ import annotations

import enum

from wstool.connection.masking import bulk_mask
from wstool.services.inspector.conversation import Conversation, Numbering
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    Report,
)
from wstool.services.inspector.heads import is_head, may_be_http, measure_body
from wstool.services.inspector.waiting import note_wait
from wstool.wire.deflate import DeflateParams
from wstool.wire.dissector import MAX_KEPT
from wstool.wire.handshake import (
    Request,
    Response,
    agree_deflate,
    find_head_end,
    find_values,
    has_token,
    parse_request,
    parse_response,
)
from wstool.wire.reading import read_request, read_response
from wstool.wire.seeking import find_start


__all__ = ["Connections", "StreamInspector"]

_MAX_HEAD = 1 << 16
_MAX_AHEAD = 1 << 20
_MAX_SOUGHT = 1 << 13
_MARKS = {Direction.SENT: b"GET ", Direction.RECEIVED: b"HTTP/1."}
_SWITCHING_PROTOCOLS = 101


class Connections:
    """What all connections of one source share: the report and the numbers."""

    def __init__(
        self, report: Report, *, compression: bool = True, max_kept: int = MAX_KEPT
    ) -> None:
        """
        Start before the first connection.

        Args:
            report: Takes what is found.
            compression: Whether RSV1 may mean compression where nobody knows.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self.report = report
        self.compression = compression
        self.max_kept = max_kept
        self.numbering = Numbering()
        self.count = 0
        """Connections of WebSocket so far."""


class _Phase(enum.Enum):
    HTTP = "http"
    MIDDLE = "middle"
    FRAMES = "frames"
    OTHER = "other"


class StreamInspector:
    """Inspect one connection."""

    def __init__(
        self, shared: Connections, names: tuple[str, str], *, began: bool = True
    ) -> None:
        """
        Start before the first byte.

        Args:
            shared: What all connections share.
            names: What to call the client and the server.
            began: Whether the connection's beginning is there.
        """
        self._shared = shared
        self._names = names
        self._phase = _Phase.HTTP if began else _Phase.MIDDLE
        self._heads = {direction: b"" for direction in Direction}
        self._bodies: dict[Direction, int | None] = dict.fromkeys(Direction, 0)
        self._request: Request | None = None
        self._request_time: float | None = None
        self._late: bytes | None = None
        """What may be a request behind its response; None where none is awaited."""
        self._conversation: Conversation | None = None
        self._number = 0
        self._time: float | None = None

    @property
    def number(self) -> int | None:
        """Number among the connections of WebSocket; None if it isn't known as one."""
        return self._number or None

    def feed(self, direction: Direction, data: bytes, time: float | None) -> None:
        """Take bytes of one direction."""
        if self._conversation is not None:
            if direction is Direction.SENT and self._late is not None:
                data = self._take_late(data)
            if data:
                self._conversation.feed(direction, data, time)
            return
        self._time = time
        if self._phase is _Phase.OTHER:
            return
        self._heads[direction] += data
        if self._phase is _Phase.MIDDLE:
            self._seek()
        else:
            self._read_http(direction)

    def _take_late(self, data: bytes) -> bytes:
        """Take a request that was captured after its response; give what is behind."""
        self._late = (self._late or b"") + data
        end = find_head_end(self._late)
        if end is None and is_head(Direction.SENT, self._late):
            return b"" if len(self._late) <= _MAX_HEAD else self._give_late(0)
        try:
            request = parse_request(self._late[:end])
        except ValueError:
            return self._give_late(0)
        self._shared.report.handshake_found(
            HandshakeHalf(
                Direction.SENT, request, read_request(request), self._time, self._number
            )
        )
        return self._give_late(end or 0)

    def _give_late(self, end: int) -> bytes:
        data, self._late = (self._late or b"")[end:], None
        return data

    def skip(self, direction: Direction, size: int, time: float | None) -> None:
        """Take note that bytes of one direction are missing."""
        if self._conversation is not None:
            self._conversation.skip(direction, size, time)
        elif self._phase is _Phase.HTTP and self._request is None:
            self._phase = _Phase.MIDDLE
            self._heads[direction] = b""
        else:
            self._heads[direction] = b""

    def finish(self, *, ended: bool = False, time: float | None = None) -> None:
        """Report what is missing at the end; ended if the connection is over."""
        if self._conversation is None and self._request is not None:
            self._assume_response()
        if self._conversation is not None:
            if self._late:
                self._conversation.feed(Direction.SENT, self._give_late(0), time)
            self._conversation.finish(ended=ended, time=time)

    def end(
        self,
        time: float | None,
        *,
        reset: bool = False,
        by: Direction | None = None,
        told: bool = False,
    ) -> None:
        """
        Report what is missing at the connection's end, and how that came.

        Args:
            reset: Whether TCP was reset.
            by: Direction of the side that was the first to end it, if that is known.
            told: Whether to tell of an end with nothing strange, too.
        """
        self.finish(ended=True, time=time)
        self._time = time
        missing = self._find_missing()
        notable = reset or bool(missing)
        self.tell(
            EventKind.RESET if reset else EventKind.END,
            _describe_end(reset, by) + missing,
            by,
            notable=notable,
            silent=not told and not notable,
        )

    def _find_missing(self) -> str:
        """Say without what the connection has ended."""
        if self._conversation is not None:
            unclosed = self._conversation.unclosed
            return ", without a close frame (1006)" if unclosed else ""
        return ", without a response to the request" if self._request else ""

    def tell(
        self,
        kind: EventKind,
        text: str,
        direction: Direction | None = None,
        *,
        notable: bool = False,
        silent: bool = False,
    ) -> None:
        """Report what happens to the connection, if it is one of WebSocket."""
        if self._number:
            self._shared.report.event_found(
                Event(
                    kind,
                    text,
                    self._number,
                    direction,
                    time=self._time,
                    notable=notable,
                    silent=silent,
                )
            )

    def _read_http(self, direction: Direction) -> None:
        """Read heads of HTTP, as long as there are whole ones."""
        while self._phase is _Phase.HTTP:
            data = self._heads[direction] = self._skip_body(direction)
            if direction is Direction.SENT and self._request is not None:
                # The client is ahead of the response, if there is any.
                if len(data) > _MAX_AHEAD:
                    self._assume_response()
                return
            end = find_head_end(data)
            if end is None:
                if len(data) > _MAX_HEAD or not may_be_http(direction, data):
                    self._give_up(direction)
                return
            self._heads[direction] = data[end:]
            try:
                if direction is Direction.SENT:
                    self._take_request(parse_request(data[:end]))
                else:
                    self._take_response(parse_response(data[:end]))
            except ValueError:
                self._give_up(direction)

    def _skip_body(self, direction: Direction) -> bytes:
        """Drop the body of a message that is passed over, as far as it is there."""
        data = self._heads[direction]
        size = self._bodies[direction]
        if size is None:
            # Nobody says where it ends, but another head shows.
            mark = _MARKS[direction]
            start = data.find(mark)
            if start < 0:
                return data[-len(mark) + 1 :]
            self._bodies[direction] = 0
            return data[start:]
        dropped = min(size, len(data))
        self._bodies[direction] = size - dropped
        return data[dropped:]

    def _take_request(self, request: Request) -> None:
        if not has_token(request.headers, "Upgrade", "websocket"):
            self._bodies[Direction.SENT] = measure_body(request.headers)
            return
        self._request, self._request_time = request, self._time
        self._announce()
        self._shared.report.handshake_found(
            HandshakeHalf(
                Direction.SENT, request, read_request(request), self._time, self._number
            )
        )

    def _take_response(self, response: Response) -> None:
        asked = self._request is not None
        if not asked and response.status != _SWITCHING_PROTOCOLS:
            if response.status >= 200:
                self._bodies[Direction.RECEIVED] = measure_body(response.headers, None)
            return
        self._announce()
        half = HandshakeHalf(
            Direction.RECEIVED,
            response,
            read_response(self._request, response),
            self._time,
            self._number,
        )
        self._shared.report.handshake_found(half)
        slow = note_wait(self._request_time if asked else None, half)
        if slow is not None:
            self._shared.report.event_found(slow)
        if response.status == _SWITCHING_PROTOCOLS:
            if not asked and not self._heads[Direction.SENT]:
                self._late = b""
            self._start(*_find_params(response, self._shared.compression))
        elif response.status >= 200:
            self._request = None
            self._bodies[Direction.RECEIVED] = measure_body(response.headers, None)

    def _assume_response(self) -> None:
        """Take it that the response, which isn't there, was as it should be."""
        if not any(self._heads.values()):
            return
        self.tell(EventKind.NOTE, "the response isn't there")
        params = DeflateParams() if self._shared.compression else None
        self._start(params, True)

    def _give_up(self, direction: Direction) -> None:
        """Take bytes that aren't HTTP: this is something else, or it went on."""
        if self._request is not None and direction is Direction.RECEIVED:
            text = "what the server sends is no HTTP response"
            self.tell(EventKind.NOTE, text, direction, notable=True)
            self._request = None
        self._phase = _Phase.OTHER
        self._heads = {side: b"" for side in Direction}

    def _seek(self) -> None:
        """Look for frames, or for an opening handshake, in the middle of a stream."""
        for direction, data in self._heads.items():
            if data and is_head(direction, data):
                self._phase = _Phase.HTTP
                self._read_http(direction)
                return
        for direction, data in self._heads.items():
            masked = direction is Direction.SENT
            if find_start(data, masked=masked) is not None:
                self._announce()
                self.tell(EventKind.NOTE, "the beginning isn't there")
                params = DeflateParams() if self._shared.compression else None
                self._start(params, True, partial=True)
                return
        if sum(map(len, self._heads.values())) > _MAX_SOUGHT:
            self._phase = _Phase.OTHER
            self._heads = {side: b"" for side in Direction}

    def _announce(self) -> None:
        if self._number:
            return
        self._shared.count += 1
        self._number = self._shared.count
        self.tell(EventKind.CONNECTION, " > ".join(self._names))

    def _start(
        self, params: DeflateParams | None, assumed: bool, *, partial: bool = False
    ) -> None:
        """Take what follows as frames."""
        self._phase = _Phase.FRAMES
        self._conversation = Conversation(
            self._shared.report,
            params,
            numbering=self._shared.numbering,
            connection=self._number,
            assume_compression=assumed,
            partial=partial,
            mask=bulk_mask(),
            max_kept=self._shared.max_kept,
        )
        for direction, data in self._heads.items():
            if partial:
                self._conversation.seek(direction)
            if data:
                self._conversation.feed(direction, data, self._time)
        self._heads.clear()


def _describe_end(reset: bool, by: Direction | None) -> str:
    if by is None:
        return "TCP was reset" if reset else "the connection has ended"
    side = "client" if by is Direction.SENT else "server"
    return f"the {side} reset TCP" if reset else f"the {side} ended the connection"


def _find_params(
    response: Response, compression: bool
) -> tuple[DeflateParams | None, bool]:
    """Find out what was agreed on compression, and whether that is a guess."""
    value = ", ".join(find_values(response.headers, "Sec-WebSocket-Extensions"))
    try:
        return agree_deflate(value), False
    except ValueError:
        return (DeflateParams() if compression else None), True
