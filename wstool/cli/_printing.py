"""How messages received look: bytes in a pipe, escaped text on a terminal."""

from __future__ import annotations

import time

from wstool.cli import _event_lines
from wstool.cli._output import Note
from wstool.cli._render import escape_bytes, hexdump
from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.errors import WstoolError
from wstool.phrases import count_bytes
from wstool.services.pipe import Output
from wstool.streams.framing import Encoding, Framing, Joiner, make_joiner
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["make_output"]


def make_output(
    framing: Framing, encoding: Encoding, *, terminal: bool, note: Note
) -> Output:
    """
    Choose how messages are written.

    Args:
        terminal: Whether a terminal shows them: what a peer sent raw never gets there.
        note: Takes a warning for the user.
    """
    if framing is Framing.JSONL:
        return _JsonlOutput()
    if terminal and encoding is Encoding.RAW:
        return _TerminalOutput()
    return _PipeOutput(make_joiner(framing, encoding=encoding), framing, note)


class _DataOutput:
    """Messages only: a pipe carries data, and events are told on stderr."""

    def render_control(self, opcode: Opcode, payload: bytes, /) -> bytes:
        return b""

    def render_opened(self, connection: Connection, /) -> bytes:
        return b""

    def render_closed(self, ending: Ending, /) -> bytes:
        return b""

    def render_error(self, error: WstoolError, /) -> bytes:
        return b""


class _PipeOutput(_DataOutput):
    """Messages in the framing of a pipe."""

    def __init__(self, joiner: Joiner, framing: Framing, note: Note) -> None:
        self._joiner = joiner
        self._framing = framing
        self._note: Note | None = note

    def render_batch(self, batch: Batch, /) -> bytes:
        data = self._joiner.join(batch)
        if self._joiner.separator_seen and self._note is not None:
            self._note(
                f"a message holds the separator of --output {self._framing.value}, so "
                "it can't be told from two (try --jsonl or --output length)"
            )
            self._note = None
        return data


class _TerminalOutput(_DataOutput):
    """Text escaped, and binary messages as a hexdump."""

    def render_batch(self, batch: Batch, /) -> bytes:
        lines: list[str] = []
        for payload in batch.payloads:
            if batch.opcode is Opcode.TEXT:
                lines.append(escape_bytes(payload, keep_newlines=True))
            else:
                lines.append(f"[binary, {count_bytes(len(payload))}]")
                lines.extend(hexdump(payload))
        return "\n".join([*lines, ""]).encode(errors="backslashreplace")


class _JsonlOutput:
    """Everything that happens, one JSON object a line."""

    def render_batch(self, batch: Batch, /) -> bytes:
        from wstool.streams.jsonl import render_batch

        return render_batch(batch, time=time.time(), direction="received")

    def render_control(self, opcode: Opcode, payload: bytes, /) -> bytes:
        return _event_lines.render_control(opcode, payload)

    def render_opened(self, connection: Connection, /) -> bytes:
        return _event_lines.render_opened(connection)

    def render_closed(self, ending: Ending, /) -> bytes:
        return _event_lines.render_closed(ending)

    def render_error(self, error: WstoolError, /) -> bytes:
        return _event_lines.render_error(error)
