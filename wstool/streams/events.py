"""
Messages as JSONL events: one JSON object on each line.

A transcript can be replayed: what has been received, and `open` and `error` events,
are passed over, and keys that don't matter for sending are ignored.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from wstool.streams.encodings import decode_base64
from wstool.streams.splitters import Converted, Fault
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["Event", "EventInvalid", "convert_events", "parse_event"]

_MAX_CONTROL_SIZE = 125
_OPCODES = {
    "text": Opcode.TEXT,
    "binary": Opcode.BINARY,
    "ping": Opcode.PING,
    "pong": Opcode.PONG,
}
_NOT_SENT = frozenset({"open", "error"})


class Event(NamedTuple):
    """A frame's worth of things to send: what kind, and its payload."""

    opcode: Opcode
    payload: bytes


class EventInvalid(ValueError):
    """A line isn't an event; `offset` is how far into the line."""

    def __init__(self, problem: str, offset: int = 0) -> None:
        super().__init__(problem)
        self.offset = offset


def convert_events(payloads: list[bytes], known_ascii: bool) -> Converted:
    """Make batches of lines, one for each run of events of the same kind."""
    batches: list[Batch] = []
    for index, line in enumerate(payloads):
        try:
            event = parse_event(line)
        except EventInvalid as error:
            return Converted(batches, Fault(index, error.offset, str(error)))
        if event is None:
            continue
        if batches and batches[-1].opcode is event.opcode:
            batches[-1].payloads.append(event.payload)
        else:
            batches.append(Batch(event.opcode, [event.payload]))
    return Converted(batches)


def parse_event(line: bytes) -> Event | None:
    """
    Parse an event; None if it isn't to be sent, or the line is blank.

    Raises:
        EventInvalid: If the line isn't an event.
    """
    if not line or line.isspace():
        return None
    fields = _load(line)
    direction = fields.get("direction")
    if direction not in (None, "sent", "received"):
        raise EventInvalid(f"direction isn't sent or received: {_show(direction)}")
    type_ = _find_type(fields)
    if direction == "received" or type_ in _NOT_SENT:
        return None
    if type_ == "close":
        return Event(Opcode.CLOSE, _serialize_close(fields))
    opcode = _OPCODES[type_]
    payload = _find_payload(fields, type_)
    if opcode is Opcode.TEXT and "base64" in fields:
        _check_text(payload)
    if opcode in (Opcode.PING, Opcode.PONG) and len(payload) > _MAX_CONTROL_SIZE:
        raise EventInvalid(
            f"{type_} payload has {len(payload)} bytes, more than {_MAX_CONTROL_SIZE}"
        )
    return Event(opcode, payload)


def _load(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise EventInvalid("text isn't valid UTF-8", error.start) from error
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        raise EventInvalid(f"not JSON: {_lower_first(error.msg)}", offset) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets thousands deep.
        raise EventInvalid("not JSON that can be read: number or depth") from error
    if not isinstance(value, dict):
        raise EventInvalid(f"not a JSON object: {_show(value)}")
    # A key that is null says as much as one that isn't there.
    return {key: field for key, field in value.items() if field is not None}


def _find_type(fields: dict[str, Any]) -> str:
    type_ = fields.get("type")
    if type_ is None:
        if ("data" in fields) == ("base64" in fields):
            raise EventInvalid("an event without type needs data or base64")
        return "text" if "data" in fields else "binary"
    if isinstance(type_, str) and (
        type_ in _OPCODES or type_ in _NOT_SENT or type_ == "close"
    ):
        return type_
    raise EventInvalid(f"unknown event type: {_show(type_)}")


def _find_payload(fields: dict[str, Any], type_: str) -> bytes:
    if "data" in fields and "base64" in fields:
        raise EventInvalid(f"{type_} event has both data and base64")
    if "data" in fields:
        return _encode_text(fields, "data")
    if "base64" in fields:
        text = _encode_text(fields, "base64")
        try:
            return decode_base64(text)
        except ValueError as error:
            raise EventInvalid(str(error)) from error
    if type_ in ("ping", "pong"):
        return b""
    raise EventInvalid(f"{type_} event needs data or base64")


def _serialize_close(fields: dict[str, Any]) -> bytes:
    code = fields.get("code")
    # bool is an int to Python, not to JSON.
    if code is not None and type(code) is not int:
        raise EventInvalid(f"code isn't a whole number: {_show(code)}")
    reason = _encode_text(fields, "reason") if "reason" in fields else b""
    if code is None and reason:
        raise EventInvalid("a close reason needs a close code")
    try:
        return Close(code, reason.decode()).serialize()
    except ValueError as error:
        raise EventInvalid(str(error)) from error


def _encode_text(fields: dict[str, Any], key: str) -> bytes:
    text = fields[key]
    if not isinstance(text, str):
        raise EventInvalid(f"{key} isn't a string: {_show(text)}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EventInvalid(f"{key} holds a lone surrogate") from error


def _check_text(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise EventInvalid("base64 of a text event isn't valid UTF-8") from error


def _show(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
