"""Words and colours that the renderings of frames for a person have in common."""

from __future__ import annotations

import enum
import time as clock
from collections.abc import Callable

from wstool.cli._render import escape_text, wrap
from wstool.phrases import count_bytes
from wstool.services.inspector import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)
from wstool.wire.dialogue import Answer
from wstool.wire.dissected import Leftover
from wstool.wire.handshake import Header, Request
from wstool.wire.opcode import opcode_name
from wstool.wire.tracker import Part
from wstool.wire.violations import Violation


__all__ = [
    "MARKS",
    "WIDTH",
    "Paint",
    "Style",
    "TextRenderer",
    "describe_answer",
    "describe_leftover",
    "describe_rest",
    "describe_unfinished",
    "paint_ansi",
    "paint_nothing",
    "render_clock",
]

WIDTH = 80
MARKS = {False: "!", True: "?"}
"""What stands before a violation, and before a remark."""

_ARROWS = {Direction.SENT: ">", Direction.RECEIVED: "<"}


class Style(enum.Enum):
    """What a piece of text is, for its colour; the values are SGR parameters."""

    SENT = "1;36"
    RECEIVED = "1;35"
    SET_BIT = "1"
    DETAIL = "2"
    CONTENT = "32"
    VIOLATION = "1;31"
    REMARK = "1;33"
    LEFT = "33"


Paint = Callable[[str, Style], str]
"""Gives text a style."""


def paint_ansi(text: str, style: Style) -> str:
    """Colour text, for a terminal."""
    return f"\x1b[{style.value}m{text}\x1b[m"


def paint_nothing(text: str, style: Style) -> str:
    """Leave text as it is."""
    return text


class TextRenderer:
    """Renders what belongs to no frame: the handshake, and what is left at the end."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._connection: int | None = 1

    def render_handshake(self, half: HandshakeHalf) -> str:
        """Render a half of the opening handshake, and what its headers mean."""
        arrow = self._directed(half.direction, _ARROWS[half.direction])
        lines = [*self._switched(half.connection), self._first_line(half)]
        meanings = half.reading.meanings or (None,) * len(half.message.headers)
        for header, meaning in zip(half.message.headers, meanings, strict=True):
            lines.append(f"{arrow} {escape_text(_spell(header))}")
            if meaning is not None:
                meaning = escape_text(meaning)
                wrapped = wrap(meaning, WIDTH - 4)
                lines += [self._paint(f"    {m}", Style.DETAIL) for m in wrapped]
        lines += [f"{arrow} {escape_text(line)}" for line in half.message.malformed]
        lines += [f"    {text}" for text in self._wrongs(half.reading.violations, 4)]
        return self._paragraph(lines)

    def render_event(self, event: Event) -> str:
        """Render what happened beside frames and handshakes."""
        if event.kind is EventKind.CONNECTION:
            self._connection = event.connection
            text = f"-- connection {event.connection}: {escape_text(event.text)}"
            return self._paragraph([self._paint(text, Style.LEFT)])
        lines = [] if event.connection is None else self._switched(event.connection)
        arrow = "" if event.direction is None else f"{_ARROWS[event.direction]} "
        if event.violation is None:
            text = self._paint(f"{arrow}{escape_text(event.text)}", Style.LEFT)
        else:
            first, *rest = self._wrongs((event.violation,), len(arrow))
            text = "\n".join([f"{arrow}{first}", *(f"  {line}" for line in rest)])
        return self._paragraph([*lines, text])

    def render_remainder(self, remainder: Remainder) -> str:
        """Render what is missing at the end of a direction."""
        arrow = _ARROWS[remainder.direction]
        lines = []
        if remainder.leftover is not None:
            lines.append(describe_leftover(remainder.leftover))
        if remainder.unfinished is not None:
            lines.append(describe_unfinished(remainder.unfinished))
        return self._paragraph(
            [
                *self._switched(remainder.connection),
                *(self._paint(f"{arrow} {line}", Style.LEFT) for line in lines),
            ]
        )

    def _paragraph(self, lines: list[str]) -> str:
        """Put lines together that belong together."""
        return "\n".join([*lines, ""])

    def _first_line(self, half: HandshakeHalf) -> str:
        message = half.message
        if isinstance(message, Request):
            text = f"{message.method} {message.resource_name} {message.version}"
        else:
            text = f"{message.version} {message.status} {message.reason}".rstrip()
        arrow = self._directed(half.direction, _ARROWS[half.direction])
        return f"{arrow} {escape_text(text)}"

    def _switched(self, connection: int) -> list[str]:
        """Say to which connection the next lines belong, if it is another one."""
        if connection == self._connection:
            return []
        self._connection = connection
        return [self._paint(f"-- connection {connection}", Style.LEFT)]

    def _named(self, item: InspectedFrame, number: str) -> str:
        """Put number, direction and opcode into words."""
        name = opcode_name(item.frame.header.opcode)
        return self._directed(
            item.direction, f"{number} {_ARROWS[item.direction]} {name}"
        )

    def _directed(self, direction: Direction, text: str) -> str:
        sent = direction is Direction.SENT
        return self._paint(text, Style.SENT if sent else Style.RECEIVED)

    def _wrongs(self, found: tuple[Violation, ...], indent: int) -> list[str]:
        """Put violations and remarks into lines that fit behind an indent."""
        return [
            self._paint(line, Style.REMARK if item.legal else Style.VIOLATION)
            for item in found
            for line in wrap(
                f"{MARKS[item.legal]} {item.section}: {escape_text(item.text)}",
                WIDTH - indent,
                hang="  ",
            )
        ]


def render_clock(time: float) -> str:
    """Render the local time of day, with milliseconds."""
    seconds, milliseconds = divmod(round(time * 1000), 1000)
    moment = clock.strftime("%H:%M:%S", clock.localtime(seconds))
    return f"{moment}.{milliseconds:03d}"


def describe_answer(answer: Answer) -> str:
    """Say which ping a pong answers, and how long that took."""
    if answer.delay is None:
        return f"answers #{answer.number}"
    return f"answers #{answer.number} after {answer.delay * 1000:.2f} ms"


def describe_rest(shown: int, kept: int, size: int) -> str | None:
    """
    Say how much is not shown of some bytes; None if all are.

    Args:
        shown: How many are shown, from the first one on.
        kept: How many there are to be shown.
        size: How many there were.
    """
    if shown >= size:
        return None
    rest = f"... {count_bytes(size - shown)} more"
    return rest if shown < kept else f"{rest}, not kept (--max-payload N keeps N bytes)"


def _spell(header: Header) -> str:
    name, value = header
    return f"{name}: {value}"


def describe_leftover(leftover: Leftover) -> str:
    left = f"{count_bytes(leftover.size)} left at offset {leftover.offset}"
    if leftover.frame is None:
        return f"{left}, no whole header: {leftover.data.hex()}"
    missing = leftover.frame.header.payload_length - leftover.frame.received
    return f"{left}, {count_bytes(missing)} of the frame missing"


def describe_unfinished(part: Part) -> str:
    kind = opcode_name(part.opcode)
    return f"{kind} message {part.message} has no final fragment"
