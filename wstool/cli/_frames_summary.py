"""Frames in a line each."""

from __future__ import annotations

from wstool.cli._frames_text import (
    Style,
    TextRenderer,
    describe_answer,
    render_clock,
)
from wstool.cli._render import escape_bytes, escape_text, shorten
from wstool.services.inspector import HandshakeHalf, InspectedFrame
from wstool.wire.dissector import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import Opcode, is_control, opcode_name


__all__ = ["SummaryRenderer"]

_WIDTH = 80
_INDENT = " " * 6
_NAME_WIDTH = len("12345 > continuation")
_LOOK_AHEAD = 4 * _WIDTH


class SummaryRenderer(TextRenderer):
    """
    Render frames for an overview: number, direction, opcode, bits, length, payload.

    The payload is cut to fit 80 columns. Violations stand below their frame.
    """

    def render_handshake(self, half: HandshakeHalf) -> str:
        """Render the first line of a half of the opening handshake."""
        return self._paragraph(
            [
                *self._switched(half.connection),
                self._first_line(half),
                *(f"{_INDENT}{text}" for text in self._wrongs(half.reading.violations)),
            ]
        )

    def render_frame(self, item: InspectedFrame) -> str:
        """Render a frame."""
        frame = item.frame
        name = f"{item.number:>5} > {opcode_name(frame.header.opcode)}"
        padding = " " * (_NAME_WIDTH - len(name))
        bits = _render_bits(frame.header)
        line = f" {bits:<13} {frame.header.payload_length:>7}  "
        if item.time is not None:
            line = f" {render_clock(item.time)}{line}"
        room = _WIDTH - len(name) - len(padding) - len(line)
        preview = _preview(frame)
        if item.answer is not None and frame.close is None:
            preview = f"{preview} ({describe_answer(item.answer)})".lstrip()
        preview = shorten(preview, room)
        start = self._named(item, f"{item.number:>5}")
        shown = self._paint(preview, Style.CONTENT) if preview else ""
        return self._paragraph(
            [
                *self._switched(item.connection),
                f"{start}{padding}{line}{shown}".rstrip(),
                *(f"{_INDENT}{text}" for text in self._wrongs(item.violations)),
            ]
        )


def _render_bits(header: FrameHeader) -> str:
    names = (
        ("FIN", header.fin),
        ("RSV1", header.rsv1),
        ("RSV2", header.rsv2),
        ("RSV3", header.rsv3),
        ("MASK", header.masked),
    )
    return " ".join(name for name, is_set in names if is_set)


def _preview(frame: DissectedFrame) -> str:
    if frame.close is not None:
        return escape_text(str(frame.close))
    content = frame.content
    if content is None:
        return "(can't be inflated)"
    data = content.data[:_LOOK_AHEAD]
    if frame.part is not None and frame.part.opcode == Opcode.TEXT:
        return escape_bytes(data)
    if is_control(frame.header.opcode) and data.isascii():
        return escape_bytes(data)
    return data.hex(" ")
