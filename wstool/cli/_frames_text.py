"""Words and colours that the renderings of frames for a person have in common."""

from __future__ import annotations

import enum
import time as clock
from collections.abc import Callable

from wstool.cli._render import escape_text
from wstool.phrases import count_bytes
from wstool.services.inspector import Direction, InspectedFrame, Remainder
from wstool.wire.dissector import Leftover
from wstool.wire.handshake import Header, Request, Response
from wstool.wire.opcode import opcode_name
from wstool.wire.tracker import Part
from wstool.wire.violations import Violation


__all__ = [
    "Paint",
    "Style",
    "TextRenderer",
    "paint_ansi",
    "paint_nothing",
    "render_clock",
]

_ARROWS = {Direction.SENT: ">", Direction.RECEIVED: "<"}


class Style(enum.Enum):
    """What a piece of text is, for its colour; the values are SGR parameters."""

    SENT = "1;36"
    RECEIVED = "1;35"
    SET_BIT = "1"
    DETAIL = "2"
    CONTENT = "32"
    VIOLATION = "1;31"
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

    def render_request(self, request: Request) -> str:
        """Render an opening handshake's request."""
        head = f"GET {request.resource_name} HTTP/1.1"
        return self._head(Direction.SENT, head, [*map(_spell, request.headers)])

    def render_response(self, response: Response) -> str:
        """Render a response to it."""
        head = f"{response.version} {response.status} {response.reason}".rstrip()
        lines = [*map(_spell, response.headers), *response.malformed]
        return self._head(Direction.RECEIVED, head, lines)

    def render_remainder(self, remainder: Remainder) -> str:
        """Render what is missing at the end of a direction."""
        arrow = _ARROWS[remainder.direction]
        lines = []
        if remainder.leftover is not None:
            lines.append(_describe_leftover(remainder.leftover))
        if remainder.unfinished is not None:
            lines.append(_describe_unfinished(remainder.unfinished))
        return self._paragraph(
            [self._paint(f"{arrow} {line}", Style.LEFT) for line in lines]
        )

    def _paragraph(self, lines: list[str]) -> str:
        """Put lines together that belong together."""
        return "\n".join([*lines, ""])

    def _head(self, direction: Direction, first: str, rest: list[str]) -> str:
        arrow = self._directed(direction, _ARROWS[direction])
        return self._paragraph(
            [f"{arrow} {escape_text(line)}" for line in (first, *rest)]
        )

    def _named(self, item: InspectedFrame, number: str) -> str:
        """Put number, direction and opcode into words."""
        name = opcode_name(item.frame.header.opcode)
        return self._directed(
            item.direction, f"{number} {_ARROWS[item.direction]} {name}"
        )

    def _directed(self, direction: Direction, text: str) -> str:
        sent = direction is Direction.SENT
        return self._paint(text, Style.SENT if sent else Style.RECEIVED)

    def _violations(self, violations: tuple[Violation, ...]) -> list[str]:
        return [
            self._paint(f"! {violation.section}: {violation.text}", Style.VIOLATION)
            for violation in violations
        ]


def render_clock(time: float) -> str:
    """Render the local time of day, with milliseconds."""
    seconds, milliseconds = divmod(round(time * 1000), 1000)
    moment = clock.strftime("%H:%M:%S", clock.localtime(seconds))
    return f"{moment}.{milliseconds:03d}"


def _spell(header: Header) -> str:
    name, value = header
    return f"{name}: {value}"


def _describe_leftover(leftover: Leftover) -> str:
    left = f"{count_bytes(len(leftover.data))} left at offset {leftover.offset}"
    if leftover.frame is None:
        return f"{left}, no whole header: {leftover.data.hex()}"
    missing = leftover.frame.header.payload_length - len(leftover.frame.payload)
    return f"{left}, {count_bytes(missing)} of the frame missing"


def _describe_unfinished(part: Part) -> str:
    kind = opcode_name(part.opcode)
    return f"{kind} message {part.message} has no final fragment"
