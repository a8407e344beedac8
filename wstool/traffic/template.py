"""
Messages with places to fill in.

``{message}`` is the message that is answered, ``{json.key}`` a value in it (``a.b.0``
goes deeper), ``{n}`` the number of the message and ``{time}`` the time. Any other brace
stands for itself, so that JSON can be written as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["Template", "Values", "render_all"]

_PLACE = re.compile(rb"\{(message|n|time|json\.[^{}\s]+)\}")


class Values(NamedTuple):
    """What a message is filled with."""

    message: bytes
    """The message that is answered."""
    number: int
    """Number of the message, from 1."""
    time: float
    """Seconds since the epoch."""


class Template:
    """A message with places to fill in."""

    def __init__(self, text: bytes) -> None:
        """Find the places in a text."""
        # A split by a pattern with one group: texts and places in turns.
        parts = _PLACE.split(text)
        self._texts = parts[::2]
        self._places = [_find_place(name.decode()) for name in parts[1::2]]
        self._constant = None if self._places else text

    def render(self, values: Values) -> bytes:
        """Fill the places in."""
        if self._constant is not None:
            return self._constant
        pieces = [self._texts[0]]
        for place, text in zip(self._places, self._texts[1:], strict=True):
            pieces += (place(values), text)
        return b"".join(pieces)


def render_all(payloads: list[bytes]) -> list[Batch]:
    """Make batches of messages: text where they are UTF-8, else binary."""
    try:
        b"\n".join(payloads).decode()
    except UnicodeDecodeError:
        pass
    else:
        return [Batch(Opcode.TEXT, payloads)]
    batches: list[Batch] = []
    for payload in payloads:
        opcode = Opcode.TEXT if _is_text(payload) else Opcode.BINARY
        if not batches or batches[-1].opcode is not opcode:
            batches.append(Batch(opcode, []))
        batches[-1].payloads.append(payload)
    return batches


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_place(name: str) -> Callable[[Values], bytes]:
    if name.startswith("json."):
        path = name.removeprefix("json.").split(".")
        return lambda values: _find_json(values.message, path)
    return _SIMPLE[name]


def _find_json(message: bytes, path: list[str]) -> bytes:
    """Find a value: a string as it is, anything else as JSON, null if it's missing."""
    try:
        value: Any = json.loads(message)
        for key in path:
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return b"null"
    if isinstance(value, str):
        return value.encode(errors="replace")
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def _render_time(values: Values) -> bytes:
    moment = datetime.fromtimestamp(values.time, UTC)
    text = moment.isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z").encode()


_SIMPLE: dict[str, Callable[[Values], bytes]] = {
    "message": lambda values: values.message,
    "n": lambda values: b"%d" % values.number,
    "time": _render_time,
}
