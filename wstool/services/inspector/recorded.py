"""
Recorded messages and frames: HAR files, transcripts, and our own JSON lines.

HAR files and transcripts hold messages; how those were framed, nobody knows. They are
shown in frames of their own, unmasked, whose header bits mean nothing. Lines of
`inspect` hold each frame as it was.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator
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
from wstool.wire.frame import serialize_frame
from wstool.wire.handshake import Request, Response, agree_deflate, find_values
from wstool.wire.masking import xor_mask
from wstool.wire.reading import read_request, read_response


__all__ = ["HarInspector", "LinesInspector", "is_line"]

_MAX_HAR = 1 << 28
_MAX_LINE = 1 << 27
_OPCODES = {"text": 0x1, "binary": 0x2, "close": 0x8, "ping": 0x9, "pong": 0xA}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_HAR_DIRECTIONS = {"send": Direction.SENT, "receive": Direction.RECEIVED}
_MAX_TIME = 253_402_300_799
"""The end of the year 9999."""
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What JSON that isn't as it should be can lead to."""
_RECONSTRUCTED = "messages without their frames: header bits and masking are unknown"


class _Recorded:
    """One connection of a recording."""

    def __init__(self, report: Report, numbering: Numbering, number: int) -> None:
        self._report = report
        self._numbering = numbering
        self._number = number
        self._params: DeflateParams | None = None
        self._request: Request | None = None
        self._conversation: Conversation | None = None
        self._told = False
        self._complete = False

    def take_request(self, request: Request, time: float | None) -> None:
        self._request = request
        reading = read_request(request)
        self._report.handshake_found(
            HandshakeHalf(Direction.SENT, request, reading, time, self._number)
        )

    def take_response(self, response: Response, time: float | None) -> None:
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

    def take_bytes(self, direction: Direction, data: bytes, time: float | None) -> None:
        """Take a frame as it was sent."""
        if self._conversation is None:
            self._conversation = self._start(masking=True)
        self._conversation.feed(direction, data, time)

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

    def finish(self) -> None:
        if self._conversation is not None:
            self._conversation.finish()

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
        )


class LinesInspector:
    """Inspect JSON lines that come in pieces, of `inspect` or of a transcript."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._numbering = Numbering()
        self._connections: dict[int, _Recorded] = {}
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
        except _UNREADABLE as error:
            self._tell(_describe(error))

    def _take_fields(self, fields: dict[str, Any]) -> None:
        number = fields.get("connection") or 1
        if not isinstance(number, int):
            raise ValueError("connection is no number")
        if number not in self._connections:
            self._connections[number] = _Recorded(self._report, self._numbering, number)
        recorded = self._connections[number]
        time = _parse_time(fields.get("time"))
        direction = _DIRECTIONS.get(str(fields.get("direction")))
        kind = fields.get("type")
        if kind == "request":
            recorded.take_request(_make_request(fields), time)
        elif kind == "response":
            recorded.take_response(_make_response(fields), time)
        elif direction is None or kind in ("unfinished", "owed"):
            return
        elif "header" in fields or kind == "left":
            recorded.take_bytes(direction, _join_frame(fields), time)
        elif kind in _OPCODES:
            opcode, payload = _read_message(fields)
            recorded.take_message(direction, opcode, payload, time)

    def _tell(self, problem: str) -> None:
        text = f"line {self._line} is passed over: {problem}"
        self._report.event_found(Event(EventKind.NOTE, text))


class HarInspector:
    """Inspect the WebSocket messages of a HAR file that comes in pieces."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Take bytes of the file, which is read at its end."""
        self._size += len(data)
        if self._size <= _MAX_HAR:
            self._pieces.append(data)

    def finish(self) -> None:
        """Report all that there is."""
        try:
            if self._size > _MAX_HAR:
                raise ValueError(f"larger than {_MAX_HAR} bytes")
            count = self._inspect(json.loads(b"".join(self._pieces)))
        except _UNREADABLE as error:
            text = f"the JSON is no HAR that can be read: {_describe(error)}"
        else:
            if count:
                return
            text = "the HAR holds no WebSocket messages"
        self._report.event_found(Event(EventKind.NOTE, text))

    def _inspect(self, har: Any) -> int:
        numbering = Numbering()
        count = 0
        for entry in har["log"]["entries"]:
            messages = entry.get("_webSocketMessages")
            if messages is None:
                continue
            count += 1
            request, response = entry["request"], entry["response"]
            self._report.event_found(
                Event(EventKind.CONNECTION, str(request.get("url")), count)
            )
            recorded = _Recorded(self._report, numbering, count)
            time = _parse_time(entry.get("startedDateTime"))
            recorded.take_request(_convert_request(request), time)
            recorded.take_response(_convert_response(response), time)
            for message in messages:
                found = _read_har_message(message)
                if found is not None:
                    recorded.take_message(*found)
            recorded.finish()
        return count


def is_line(line: bytes) -> bool:
    """Tell whether a line is one of a recording."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and "type" in fields


def _describe(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _parse_time(value: object) -> float | None:
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


def _convert_request(request: dict[str, Any]) -> Request:
    url = str(request.get("url", ""))
    path = "/" + url.split("://", 1)[-1].partition("/")[2]
    version = str(request.get("httpVersion") or "HTTP/1.1").upper()
    headers = [*_convert_headers(request)]
    return Request(path, headers, str(request.get("method", "GET")), version)


def _convert_response(response: dict[str, Any]) -> Response:
    version = str(response.get("httpVersion") or "HTTP/1.1").upper()
    reason = str(response.get("statusText", ""))
    headers = [*_convert_headers(response)]
    return Response(version, int(response.get("status", 0)), reason, headers, [])


def _convert_headers(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for header in message.get("headers", ()):
        yield str(header["name"]), str(header["value"])


def _read_har_message(
    message: dict[str, Any],
) -> tuple[Direction, int, bytes, float | None] | None:
    direction = _HAR_DIRECTIONS.get(str(message.get("type")))
    opcode = message.get("opcode")
    if direction is None or not isinstance(opcode, int) or not 0 <= opcode <= 0xF:
        return None
    data = str(message.get("data", ""))
    payload = (
        binascii.a2b_base64(data)
        if opcode == 0x2
        else data.encode(errors="surrogatepass")
    )
    time = message.get("time")
    known = isinstance(time, int | float) and 0 <= time <= _MAX_TIME
    return direction, opcode, payload, time if known else None
