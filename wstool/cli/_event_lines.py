"""What happens to a connection, as lines of JSON: its opening, its end, an error."""

from __future__ import annotations

import time

from wstool.cli._status import find_status
from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.errors import WstoolError
from wstool.wire.opcode import Opcode, opcode_name


__all__ = ["render_closed", "render_control", "render_error", "render_opened"]


def render_opened(connection: Connection) -> bytes:
    """Render the opening."""
    return _render("open", "received", subprotocol=connection.subprotocol)


def render_control(opcode: Opcode, payload: bytes) -> bytes:
    """Render a ping or pong received."""
    return _render(opcode_name(opcode), "received", payload=payload)


def render_closed(ending: Ending) -> bytes:
    """Render the close frames of both sides, in their order, as far as there were."""
    closes = [("sent", ending.close_sent), ("received", ending.close_received)]
    if ending.closed_by_peer:
        closes.reverse()
    return b"".join(
        _render("close", direction, code=close.code, reason=close.reason)
        for direction, close in closes
        if close is not None
    )


def render_error(error: WstoolError) -> bytes:
    """
    Render what ended the run.

    ``error`` is the name of the exit status; ``code`` is the peer's close code and
    ``status`` the HTTP status, for the errors that have one.
    """
    return _render(
        "error",
        None,
        code=getattr(error, "code", None),
        error=find_status(error).name.lower(),
        status=getattr(error, "status", None),
        message=str(error),
    )


def _render(
    type_: str,
    direction: str | None,
    *,
    payload: bytes | None = None,
    code: int | None = None,
    reason: str | None = None,
    **extra: object,
) -> bytes:
    # json is loaded only where an event is rendered.
    from wstool.streams.jsonl import render_event

    return render_event(
        time=time.time(),
        direction=direction,
        type=type_,
        payload=payload,
        code=code,
        reason=reason,
        **extra,
    )
