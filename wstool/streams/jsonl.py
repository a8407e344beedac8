"""
Event lines, as `--jsonl` writes them.

The lines are ASCII: what a peer sent can't reach a terminal but as an escape.
"""

from __future__ import annotations

import json
import time as clock

from wstool.streams.encodings import encode_base64
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["render_batch", "render_event", "render_time"]


def render_event(
    *,
    time: float,
    direction: str | None,
    type: str,
    payload: bytes | None = None,
    code: int | None = None,
    reason: str | None = None,
    **extra: object,
) -> bytes:
    """
    Render an event as a line of JSON; keys that are None are left out.

    Args:
        time: Seconds since the epoch.
        direction: `sent` or `received`.
        type: `text`, `binary`, `ping`, `pong`, `open`, `close` or `error`.
        payload: Goes to `base64` if it is binary or no valid UTF-8, else to `data`.
        code: Close code.
        reason: Close reason.
        extra: More keys, in this order, after the others.
    """
    fields: dict[str, object] = {
        "time": render_time(time),
        "direction": direction,
        "type": type,
    }
    if payload is not None:
        fields.update(_spell_payload(payload, is_binary=type == "binary"))
    fields.update(code=code, reason=reason, **extra)
    present = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(present).encode() + b"\n"


def render_batch(batch: Batch, *, time: float, direction: str | None) -> bytes:
    """Render the messages of a text or binary batch, one line for each."""
    is_text = batch.opcode is Opcode.TEXT
    head = render_event(
        time=time, direction=direction, type="text" if is_text else "binary"
    )
    key = "data" if is_text else "base64"
    start = f'{head[:-2].decode()}, "{key}": '
    dumps = json.dumps
    if is_text:
        lines = [f"{start}{dumps(p.decode())}}}\n" for p in batch.payloads]
    else:
        lines = [f'{start}"{encode_base64(p).decode()}"}}\n' for p in batch.payloads]
    return "".join(lines).encode()


def render_time(time: float) -> str:
    """Render seconds since the epoch as RFC 3339 in UTC, with microseconds."""
    # Not datetime: it costs a client command a millisecond to import.
    seconds, microseconds = divmod(round(time * 1_000_000), 1_000_000)
    moment = clock.strftime("%Y-%m-%dT%H:%M:%S", clock.gmtime(seconds))
    return f"{moment}.{microseconds:06d}Z"


def _spell_payload(payload: bytes, *, is_binary: bool) -> dict[str, object]:
    if not is_binary:
        try:
            return {"data": payload.decode()}
        except UnicodeDecodeError:
            pass
    return {"base64": encode_base64(payload).decode()}
