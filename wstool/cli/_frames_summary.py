"""Frames in a line each."""

from __future__ import annotations

from wstool.cli._frames_text import (
    Paint,
    Style,
    TextRenderer,
    describe_answer,
    render_clock,
)
from wstool.cli._render import escape_bytes, escape_text, shorten
from wstool.services.inspector import Direction, HandshakeHalf, InspectedFrame
from wstool.wire.dissector import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import Opcode, is_control, opcode_name


__all__ = ["SummaryRenderer"]

_WIDTH = 80
_INDENT = " " * 6
_NAME_WIDTH = len("12345 > continuation")
_LOOK_AHEAD = 4 * _WIDTH
_SHORT = _WIDTH
_ARROWS_AND_NAMES = {True: "> text", False: "< text"}


class SummaryRenderer(TextRenderer):
    """
    Render frames for an overview: number, direction, opcode, bits, length, payload.

    The payload is cut to fit 80 columns. Violations stand below their frame.
    """

    def __init__(self, paint: Paint) -> None:
        super().__init__(paint)
        self._pieces: dict[tuple[bool, bool, bool], tuple[str, str]] = {}
        self._second: int | None = None
        self._moment = ""

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
        return self._render_simple(item) or self._render_any(item)

    def _render_simple(self, item: InspectedFrame) -> str | None:
        """Render a frame of text with nothing wrong; None if it isn't one."""
        frame = item.frame
        header = frame.header
        part = frame.part
        if (
            header.opcode != Opcode.TEXT
            or item.connection != self._connection
            or item.remarks
            or frame.violations
            or part is None
            or part.compressed
            or header.payload_length > _SHORT
        ):
            return None
        key = (item.direction is Direction.SENT, header.fin, header.masking_key is None)
        pieces = self._pieces.get(key)
        if pieces is None:
            if header.rsv1 or header.rsv2 or header.rsv3:
                return None
            bits = _render_bits(header)
            pieces = self._pieces[key] = _ARROWS_AND_NAMES[key[0]], f" {bits:<13} "
        name, bits = pieces
        number = f"{item.number:>5}"
        if len(number) > 5 or header.rsv1 or header.rsv2 or header.rsv3:
            return None
        clock = "" if item.time is None else f" {self._clock(item.time)}"
        line = f"{clock}{bits}{header.payload_length:>7}  "
        text = escape_bytes(frame.payload)
        room = _WIDTH - _NAME_WIDTH - len(line)
        if len(text) > room or not text.isascii():
            return None
        start = self._directed(item.direction, f"{number} {name}")
        shown = self._paint(text, Style.CONTENT) if text else ""
        padding = _NAME_WIDTH - len(number) - len(name) - 1
        return f"{start}{' ' * padding}{line}{shown}".rstrip() + "\n"

    def _clock(self, time: float) -> str:
        """Render the time of day; for each second that is worked out once."""
        seconds, milliseconds = divmod(round(time * 1000), 1000)
        if seconds != self._second:
            self._second = seconds
            self._moment = render_clock(float(seconds))[:-3]
        return f"{self._moment}{milliseconds:03d}"

    def _render_any(self, item: InspectedFrame) -> str:
        frame = item.frame
        name = f"{item.number:>5} > {opcode_name(frame.header.opcode)}"
        padding = " " * (_NAME_WIDTH - len(name))
        bits = _render_bits(frame.header)
        line = f" {bits:<13} {frame.header.payload_length:>7}  "
        if item.time is not None:
            line = f" {self._clock(item.time)}{line}"
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
