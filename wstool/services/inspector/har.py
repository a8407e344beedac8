"""
The WebSocket messages of a HAR file, as browsers' developer tools save them.

How the messages were framed, nobody knows. A file that is cut off is read as far as it
goes.
"""

from __future__ import annotations

import binascii
import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from wstool.services.inspector.conversation import Numbering
from wstool.services.inspector.findings import Direction, Event, EventKind, Report
from wstool.services.inspector.recorded import (
    UNREADABLE,
    RecordedConnection,
    describe_unreadable,
    parse_time,
)
from wstool.wire.dissector import MAX_KEPT
from wstool.wire.handshake import Request, Response


__all__ = ["HarInspector"]

_MAX_HAR = 1 << 28
_DIRECTIONS = {"send": Direction.SENT, "receive": Direction.RECEIVED}
_MAX_TIME = 253_402_300_799
"""The end of the year 9999."""
# A string may be cut off, even behind a backslash.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*\\?"?|[\[\]{},]', re.DOTALL)
_CLOSERS = {"[": "]", "{": "}"}


class HarInspector:
    """Inspect the WebSocket messages of a HAR file that comes in pieces."""

    def __init__(self, report: Report, *, max_kept: int = MAX_KEPT) -> None:
        """
        Start before the first byte of the file.

        Args:
            report: Takes what is found.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._report = report
        self._max_kept = max_kept
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
            count = self._inspect(self._parse())
        except UNREADABLE as error:
            self._tell(f"the JSON is no HAR that can be read: {_describe(error)}")
        else:
            if not count:
                self._tell("the HAR holds no WebSocket messages")

    def _parse(self) -> Any:
        """Parse the file; where it is cut off, as far as it goes."""
        data = b"".join(self._pieces).removeprefix(codecs.BOM_UTF8)
        try:
            return json.loads(data)
        except ValueError:
            har = json.loads(_close(data.decode(errors="replace")))
        self._tell("the HAR is cut off, or is no JSON from some place on")
        return har

    def _tell(self, text: str) -> None:
        self._report.event_found(Event(EventKind.NOTE, text, notable=True))

    def _inspect(self, har: Any) -> int:
        numbering = Numbering()
        count = 0
        for entry in har["log"]["entries"]:
            if entry.get("_webSocketMessages") is None:
                continue
            count += 1
            recorded = RecordedConnection(
                self._report, numbering, count, self._max_kept
            )
            self._inspect_entry(entry, recorded, count)
        return count

    def _inspect_entry(
        self, entry: Any, recorded: RecordedConnection, number: int
    ) -> None:
        request, response = entry.get("request"), entry.get("response")
        url = "an unknown URL" if request is None else str(request.get("url"))
        self._report.event_found(Event(EventKind.CONNECTION, url, number))
        time = parse_time(entry.get("startedDateTime"))
        if request is not None:
            recorded.take_request(_convert_request(request), time)
        if response is not None:
            recorded.take_response(_convert_response(response), time)
        for message in entry["_webSocketMessages"]:
            found = _read_message(message)
            if found is not None:
                recorded.take_message(*found)
            elif message.get("type") == "error":
                text = f"the browser's error: {message.get('data')}"
                self._report.event_found(
                    Event(EventKind.END, text, number, notable=True)
                )
        recorded.finish()


def _close(text: str) -> str:
    """Cut JSON behind the last value that is whole, and close what is open there."""
    open_ones: list[str] = []
    end = depth = 0
    for token in _TOKEN.finditer(text):
        char = token[0]
        if char == ",":
            end, depth = token.start(), len(open_ones)
        elif char in _CLOSERS:
            open_ones.append(char)
            end, depth = token.end(), len(open_ones)
        elif char in "]}":
            if not open_ones or _CLOSERS[open_ones.pop()] != char:
                break
            end, depth = token.end(), len(open_ones)
    return text[:end] + "".join(_CLOSERS[char] for char in reversed(open_ones[:depth]))


def _describe(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
    return describe_unreadable(error)


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


def _read_message(
    message: dict[str, Any],
) -> tuple[Direction, int, bytes, float | None] | None:
    direction = _DIRECTIONS.get(str(message.get("type")))
    opcode = message.get("opcode")
    if direction is None or not isinstance(opcode, int) or not 0 <= opcode <= 0xF:
        return None
    # One that is cut off before its data isn't there.
    if "data" not in message:
        return None
    data = str(message["data"])
    payload = (
        binascii.a2b_base64(data)
        if opcode == 0x2
        else data.encode(errors="surrogatepass")
    )
    time = message.get("time")
    known = isinstance(time, int | float) and 0 <= time <= _MAX_TIME
    return direction, opcode, payload, time if known else None
