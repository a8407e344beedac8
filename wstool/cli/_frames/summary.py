"""Frames in a line each."""

from __future__ import annotations

from wstool.cli._frames.text import (
    WIDTH,
    Paint,
    Style,
    TextRenderer,
    describe_answer,
    paint_nothing,
    render_clock,
)
from wstool.cli._render import escape_bytes, escape_text, shorten
from wstool.services.inspector import Direction, HandshakeHalf, InspectedFrame
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import Opcode, is_control, opcode_name
from wstool.wire.violations import Violation


__all__ = ["SummaryRenderer"]

_INDENT = " " * 6
_NAME_WIDTH = len("12345 > continuation")
_LOOK_AHEAD = 4 * WIDTH
_SHORT = 8
"""Bytes that fit a line in text and in hex, whatever else is on it."""
_QUICK = {0x1: ("text", True), 0x2: ("binary", False)}
"""Opcodes of what is quickly done: names, and whether it is text."""


class SummaryRenderer(TextRenderer):
    """
    Render frames for an overview: number, direction, opcode, bits, length, payload.

    The payload is cut to fit 80 columns. Violations stand below their frame.
    """

    def __init__(self, paint: Paint) -> None:
        super().__init__(paint)
        self._plain: dict[object, str] = {}
        self._second: int | None = None
        self._moment = ""

    def render_handshake(self, half: HandshakeHalf) -> str:
        """Render the first line of a half of the opening handshake."""
        return self._paragraph(
            [
                *self._switched(half.connection),
                self._first_line(half),
                *(
                    f"{_INDENT}{text}"
                    for text in self._wrongs(half.reading.violations, len(_INDENT))
                ),
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
            line = f" {self._clock(item.time)}{line}"
        room = WIDTH - len(name) - len(padding) - len(line)
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
                *(
                    f"{_INDENT}{text}"
                    for text in self._wrongs(item.findings, len(_INDENT))
                ),
            ]
        )

    def render_frames(self, items: list[InspectedFrame]) -> str:
        """Render frames; most are messages with nothing wrong, and quickly done."""
        if self._paint is not paint_nothing:
            return "".join(map(self.render_frame, items))
        lines = []
        known, clock, plain = None, "", self._plain
        for item in items:
            number, direction, frame, time, _, connection, spoken, _answer = item
            _, header, payload, violations, part, *_ = frame
            if (
                spoken
                or violations
                or connection != self._connection
                or part is None
                or part.compressed
                or header.opcode not in _QUICK
            ):
                lines.append(self.render_frame(item))
                continue
            name, is_text = _QUICK[header.opcode]
            data = payload[:_LOOK_AHEAD]
            text = data.decode("latin-1") if is_text else data.hex(" ")
            first = header[2:6], header.masking_key is None
            bits = plain.get(first)
            if bits is None:
                bits = plain[first] = f" {_render_bits(header):<13} "
            if not (text.isascii() and text.isprintable()):
                lines.append(self.render_frame(item))
                continue
            if time != known:
                known, clock = time, f" {self._clock(time)}" if time is not None else ""
            arrow = ">" if direction is Direction.SENT else "<"
            start = f"{number:>5} {arrow} {name}"
            length = header.payload_length
            start = f"{start:<{_NAME_WIDTH}}{clock}{bits}{length:>7}  "
            if length > _SHORT:
                text = shorten(text, WIDTH - len(start))
            lines.append(f"{start}{text}".rstrip() + "\n")
        return "".join(lines)

    def _below(self, found: tuple[Violation, ...]) -> list[str]:
        """List what is wrong, for the lines below."""
        return [f"{_INDENT}{line}" for line in self._wrongs(found, len(_INDENT))]

    def _clock(self, time: float) -> str:
        """Render the time of day; for each second that is worked out once."""
        seconds, milliseconds = divmod(round(time * 1000), 1000)
        if seconds != self._second:
            self._second = seconds
            self._moment = render_clock(float(seconds))[:-3]
        return f"{self._moment}{milliseconds:03d}"


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
