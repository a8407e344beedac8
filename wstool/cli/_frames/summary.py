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
from wstool.cli._render import CUT, escape_bytes, escape_text, shorten
from wstool.services.inspector import Direction, HandshakeHalf, InspectedFrame
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import Opcode, is_control, opcode_name
from wstool.wire.violations import Violation


__all__ = ["SummaryRenderer"]

_INDENT = " " * 6
_NAME_WIDTH = len("12345 > continuation")
_NUMBER_WIDTH = 5
_LOOK_AHEAD = 4 * WIDTH
_MAX_PLAIN = 1 << 10
_TEXT, _BINARY = int(Opcode.TEXT), int(Opcode.BINARY)
_Kind = tuple[int, int, bool, bool]
"""Opcode and length of a message, whether it is masked, and sent."""
_Frame = tuple[str, str, int]
"""What is before and behind the time, and the columns that are left with no time."""


class SummaryRenderer(TextRenderer):
    """
    Render frames for an overview: number, direction, opcode, bits, length, payload.

    The payload is cut to fit 80 columns. Violations stand below their frame.
    """

    def __init__(self, paint: Paint, max_payload: int | None = None) -> None:
        """
        Start before the first frame.

        Args:
            paint: Colours words.
            max_payload: Bytes of a payload that are shown at most; None for as many as
                fit the line.
        """
        super().__init__(paint)
        self._limit = _LOOK_AHEAD if max_payload is None else max_payload
        self._plain: dict[_Kind, _Frame] = {}
        self._digits = 0
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
        name = f"{item.number:>{_NUMBER_WIDTH}} > {opcode_name(frame.header.opcode)}"
        padding = " " * (_NAME_WIDTH - len(name))
        bits = _render_bits(frame.header)
        line = f" {bits:<13} {frame.header.payload_length:>7}  "
        if item.time is not None:
            line = f" {self._clock(item.time)}{line}"
        room = WIDTH - len(name) - len(padding) - len(line)
        preview = _preview(frame, min(self._limit, _LOOK_AHEAD))
        if item.answer is not None and frame.close is None:
            preview = f"{preview} ({describe_answer(item.answer)})".lstrip()
        preview = shorten(preview, room)
        start = self._named(item, f"{item.number:>{_NUMBER_WIDTH}}")
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
        digits = len(str(items[-1].number))
        same = items[0].number >= 10 ** (digits - 1)
        plainly = self._paint is paint_nothing and self._limit >= _LOOK_AHEAD
        if not plainly or not same:
            return "".join(map(self.render_frame, items))
        lines = []
        known, clock, plain, sent = None, "", self._find_plain(digits), Direction.SENT
        pad = " " * (_NUMBER_WIDTH - digits)
        for item in items:
            number, direction, frame, time, _, connection, spoken, _ = item
            _, header, payload, violations, _, _, _, _, _ = frame
            opcode, length, fin, rsv1, rsv2, rsv3, key, _ = header
            text = ""
            if fin and not (spoken or violations or rsv1 or rsv2 or rsv3):
                if opcode == _TEXT:
                    text = payload[:_LOOK_AHEAD].decode("latin-1")
                elif opcode == _BINARY:
                    text = payload[:_LOOK_AHEAD].hex(" ")
            quick = text.isascii() and text.isprintable() and text
            if not quick or connection != self._connection:
                lines.append(self.render_frame(item)[:-1])
                continue
            if time != known:
                known, clock = time, f" {self._clock(time)}" if time is not None else ""
            kind = (opcode, length, key is not None, direction is sent)
            name, rest, room = plain.get(kind) or self._prepare(kind, digits)
            if len(text) > room - len(clock):
                text = shorten(text, room - len(clock))
            lines.append(f"{pad}{number}{name}{clock}{rest}{text}".rstrip())
        lines.append("")
        return "\n".join(lines)

    def _find_plain(self, digits: int) -> dict[_Kind, _Frame]:
        """Find what was prepared for numbers of so many digits."""
        if digits != self._digits or len(self._plain) > _MAX_PLAIN:
            self._digits = digits
            self._plain = {}
        return self._plain

    def _prepare(self, kind: _Kind, digits: int) -> _Frame:
        """Prepare what all lines of a kind have, and the columns left for the rest."""
        opcode, length, masked, sent = kind
        name = f" {'>' if sent else '<'} {opcode_name(opcode)}"
        name = name.ljust(_NAME_WIDTH - max(digits, _NUMBER_WIDTH))
        bits = "FIN MASK" if masked else "FIN"
        rest = f" {bits:<13} {length:>7}  "
        room = WIDTH - max(digits, _NUMBER_WIDTH) - len(name) - len(rest)
        self._plain[kind] = name, rest, room
        return name, rest, room

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


def _preview(frame: DissectedFrame, size: int) -> str:
    if frame.close is not None:
        return escape_text(str(frame.close))
    content = frame.content
    if content is None:
        return "(can't be inflated)"
    data = content.data[:size]
    cut = CUT if len(data) < content.size else ""
    text = frame.part is not None and frame.part.opcode == Opcode.TEXT
    if text or (is_control(frame.header.opcode) and data.isascii()):
        return escape_bytes(data) + cut
    return data.hex(" ") + cut
