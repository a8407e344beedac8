"""
Recorded messages and frames: transcripts, and our own JSON lines.

Transcripts hold messages; how those were framed, nobody knows. They are shown in frames
of their own, unmasked, whose header bits mean nothing. Lines of `inspect` hold each
frame as it was.
"""

from __future__ import annotations

import binascii
import json
from datetime import datetime
from typing import Any

from wstool.services.inspector.conversation import Conversation, Numbering
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    Report,
)
from wstool.wire.close import Close
from wstool.wire.deflate import DeflateParams
from wstool.wire.dissector import MAX_KEPT
from wstool.wire.frame import serialize_frame
from wstool.wire.handshake import Request, Response, agree_deflate, find_values
from wstool.wire.masking import xor_mask
from wstool.wire.reading import read_request, read_response
from wstool.wire.violations import Violation


__all__ = [
    "UNREADABLE",
    "LinesInspector",
    "RecordedConnection",
    "describe_unreadable",
    "is_line",
    "parse_time",
]

_MAX_LINE = 1 << 27
_OPCODES = {"text": 0x1, "binary": 0x2, "close": 0x8, "ping": 0x9, "pong": 0xA}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_EVENTS = {kind.value: kind for kind in EventKind}
_NOTABLE = (EventKind.GAP, EventKind.CHANGE, EventKind.END, EventKind.RESET)
_LAST = (EventKind.OWED, EventKind.END, EventKind.RESET)
"""What comes after the last frame of a connection."""
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What JSON that isn't as it should be can lead to."""
_RECONSTRUCTED = "messages without their frames: header bits and masking are unknown"


class RecordedConnection:
    """One connection of a recording."""

    def __init__(
        self, report: Report, numbering: Numbering, number: int, max_kept: int
    ) -> None:
        self._report = report
        self._numbering = numbering
        self._number = number
        self._max_kept = max_kept
        self._params: DeflateParams | None = None
        self._request: Request | None = None
        self._conversation: Conversation | None = None
        self._gaps: set[Direction] = set()
        self._told = False
        self._complete = False

    def take_request(self, request: Request, time: float | None) -> None:
        """Take the handshake's request."""
        self._request = request
        reading = read_request(request)
        self._report.handshake_found(
            HandshakeHalf(Direction.SENT, request, reading, time, self._number)
        )

    def take_response(self, response: Response, time: float | None) -> None:
        """Take the handshake's response."""
        reading = read_response(self._request, response)
        self._report.handshake_found(
            HandshakeHalf(Direction.RECEIVED, response, reading, time, self._number)
        )
        values = find_values(response.headers, "Sec-WebSocket-Extensions")
        try:
            self._params = agree_deflate(", ".join(values))
        except ValueError:
            self._params = None
        self._complete = response.status == 101

    def take_bytes(
        self,
        direction: Direction,
        data: bytes,
        time: float | None,
        *,
        left: bool,
        unkept: int = 0,
    ) -> None:
        """
        Take a frame as it was sent, or what was left at the end.

        Args:
            left: Whether it was left.
            unkept: Bytes of the payload that came after those that were kept.
        """
        if left and direction in self._gaps:
            # Behind a gap it was no beginning of a frame.
            return
        if self._conversation is None:
            self._conversation = self._start(masking=True)
        self._conversation.feed(direction, data, time)
        if unkept:
            self._conversation.skip(direction, unkept, time)

    def take_message(
        self, direction: Direction, opcode: int, payload: bytes, time: float | None
    ) -> None:
        """Take a message of which nobody knows the frames."""
        if not self._told:
            self._told = True
            self._report.event_found(
                Event(EventKind.NOTE, _RECONSTRUCTED, self._number)
            )
        if self._conversation is None:
            self._params = None
            self._conversation = self._start(masking=False)
        self._conversation.feed(direction, serialize_frame(opcode, payload), time)

    def miss(self, direction: Direction) -> None:
        """Take note that frames are missing."""
        self._gaps.add(direction)
        if self._conversation is None:
            self._conversation = self._start(masking=True)
        self._conversation.miss(direction)

    def finish(self, time: float | None = None) -> None:
        """Report what is missing at the end, and be ready for another connection."""
        if self._conversation is not None:
            self._conversation.finish(time=time)
            self._conversation = None

    def _start(self, *, masking: bool) -> Conversation:
        known = self._complete or not masking
        return Conversation(
            self._report,
            self._params if known else DeflateParams(),
            numbering=self._numbering,
            connection=self._number,
            assume_compression=not known,
            masking=masking,
            partial=not self._complete,
            max_kept=self._max_kept,
        )


class LinesInspector:
    """Inspect JSON lines that come in pieces, of `inspect` or of a transcript."""

    def __init__(self, report: Report, *, max_kept: int = MAX_KEPT) -> None:
        self._report = report
        self._max_kept = max_kept
        self._numbering = Numbering()
        self._connections: dict[int, RecordedConnection] = {}
        self._rest = b""
        self._line = 0

    def feed(self, data: bytes) -> None:
        """Take bytes of lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _MAX_LINE:
            self._tell("longer than any line should be")
            self._rest = b""

    def finish(self) -> None:
        """Report what is missing at the end."""
        self._take(self._rest)
        for recorded in self._connections.values():
            recorded.finish()

    def _take(self, line: bytes) -> None:
        self._line += 1
        if not line.strip():
            return
        try:
            fields = json.loads(line)
            if not isinstance(fields, dict):
                raise ValueError("no JSON object")
            self._take_fields(fields)
        except UNREADABLE as error:
            self._tell(describe_unreadable(error))

    def _take_fields(self, fields: dict[str, Any]) -> None:
        number = fields.get("connection") or 1
        if not isinstance(number, int):
            raise ValueError("connection is no number")
        if number not in self._connections:
            self._connections[number] = RecordedConnection(
                self._report, self._numbering, number, self._max_kept
            )
        recorded = self._connections[number]
        time = parse_time(fields.get("time"))
        direction = _DIRECTIONS.get(str(fields.get("direction")))
        kind = fields.get("type")
        if kind == "request":
            recorded.take_request(_make_request(fields), time)
        elif kind == "response":
            recorded.take_response(_make_response(fields), time)
        elif kind == "error" or kind in _EVENTS:
            event = _make_event(fields, number, direction, time)
            if event.kind in _LAST:
                recorded.finish(time)
            elif event.kind is EventKind.GAP and direction is not None:
                recorded.miss(direction)
            self._report.event_found(event)
        elif direction is None or kind == "unfinished":
            return
        elif "header" in fields or kind == "left":
            recorded.take_bytes(
                direction,
                _join_frame(fields),
                time,
                left=kind == "left",
                unkept=_read_unkept(fields),
            )
        elif kind in _OPCODES:
            opcode, payload = _read_message(fields)
            recorded.take_message(direction, opcode, payload, time)

    def _tell(self, problem: str) -> None:
        text = f"line {self._line} is passed over: {problem}"
        self._report.event_found(Event(EventKind.NOTE, text, notable=True))


def _make_event(
    fields: dict[str, Any],
    number: int,
    direction: Direction | None,
    time: float | None,
) -> Event:
    """Make an event of a line: one of `inspect`, or the error of a transcript."""
    kind = _EVENTS.get(str(fields.get("type")), EventKind.END)
    text = str(fields.get("text") or fields.get("message") or fields.get("error"))
    violation = None
    for key in ("violations", "remarks"):
        for found in fields.get(key, ()):
            rule, section, problem = found["rule"], found["section"], found["text"]
            legal = key == "remarks"
            violation = Violation(str(rule), str(section), str(problem), legal=legal)
    return Event(
        kind,
        text,
        number,
        direction,
        violation,
        time,
        notable=kind in _NOTABLE,
    )


def is_line(line: bytes) -> bool:
    """Tell whether a line is one of a recording."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and "type" in fields


def describe_unreadable(error: Exception) -> str:
    """Say why JSON can't be read."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def parse_time(value: object) -> float | None:
    """Parse a time of RFC 3339; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return time if time >= 0 else None


def _headers(pairs: object) -> list[tuple[str, str]]:
    if not isinstance(pairs, list):
        raise ValueError("headers are no list")
    return [(str(name), str(value)) for name, value in pairs]


def _make_request(fields: dict[str, Any]) -> Request:
    return Request(
        str(fields.get("resource_name", "/")),
        _headers(fields["headers"]),
        str(fields.get("method", "GET")),
        str(fields.get("version", "HTTP/1.1")),
        tuple(map(str, fields.get("malformed", ()))),
    )


def _make_response(fields: dict[str, Any]) -> Response:
    return Response(
        str(fields.get("version", "HTTP/1.1")),
        int(fields["status"]),
        str(fields.get("reason", "")),
        _headers(fields["headers"]),
        [*map(str, fields.get("malformed", ()))],
    )


def _join_frame(fields: dict[str, Any]) -> bytes:
    payload = bytes.fromhex(fields.get("payload", ""))
    if fields.get("type") == "left":
        return payload
    key = fields.get("masking_key")
    if key is not None:
        raw_key = bytes.fromhex(key)
        if len(raw_key) != 4:
            raise ValueError("masking_key is not 4 bytes")
        payload = xor_mask(payload, raw_key)
    return bytes.fromhex(fields["header"]) + payload


def _read_unkept(fields: dict[str, Any]) -> int:
    unkept = fields.get("unkept", 0)
    if not isinstance(unkept, int) or unkept < 0:
        raise ValueError("unkept is no number of bytes")
    return unkept


def _read_message(fields: dict[str, Any]) -> tuple[int, bytes]:
    opcode = _OPCODES[fields["type"]]
    if opcode == 0x8 and "code" in fields:
        code = int(fields["code"])
        if not 0 <= code <= 0xFFFF:
            raise ValueError(f"code {code} is none")
        # No Close.serialize, which refuses codes that must not be sent.
        reason = Close(code, str(fields.get("reason", ""))).reason
        return opcode, code.to_bytes(2, "big") + reason.encode(errors="replace")
    if "base64" in fields:
        return opcode, binascii.a2b_base64(fields["base64"])
    return opcode, str(fields.get("data", "")).encode(errors="surrogatepass")
