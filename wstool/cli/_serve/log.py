"""A server's log on stderr: sentences, or JSON."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import NamedTuple

from wstool.cli._output import Note, note, tell
from wstool.cli._render import escape_text
from wstool.connection.server_event import ServerEvent


__all__ = ["ServeLog", "describe_event", "make_log", "write_line"]


class ServeLog(NamedTuple):
    """Where a server says what happens."""

    note: Note
    """Takes sentences for the user."""
    event: Callable[[ServerEvent], None]


def make_log(form: str) -> ServeLog:
    """Make a log: ``text``, ``json`` or ``none``."""
    if form == "none":
        return ServeLog(_ignore, _ignore)
    if form == "prompt":
        from wstool.cli._talk import make_conversation_log

        return make_conversation_log()
    if form == "json":
        return ServeLog(
            lambda text: _write_json({"event": "note", "text": text}),
            lambda event: _write_json(describe_event(event)),
        )
    return ServeLog(tell, lambda event: tell(write_line(event)))


def write_line(event: ServerEvent) -> str:
    """Write an event as one line, whatever line ends a client has put into it."""
    return escape_text(f"{event.peer} {event.kind}: {event.text}")


def describe_event(event: ServerEvent) -> dict[str, object]:
    """Describe an event for programs."""
    return {
        "event": event.kind.replace(" ", "_"),
        "peer": event.peer,
        "text": event.text,
        **event.facts,
    }


def _write_json(fields: dict[str, object]) -> None:
    now = datetime.datetime.now(datetime.UTC)
    time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # All ASCII, so that nothing in it means something to a terminal.
    note(json.dumps({"time": time, **fields}, ensure_ascii=True))


def _ignore(_: object) -> None:
    """Log nothing."""
