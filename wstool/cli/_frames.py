"""The formats in which ``inspect`` shows frames."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol, assert_never

from wstool.cli._frames_full import FullRenderer
from wstool.cli._frames_jsonl import JsonlRenderer
from wstool.cli._frames_summary import SummaryRenderer
from wstool.cli._frames_text import paint_ansi, paint_nothing
from wstool.services.inspector import (
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)


__all__ = ["FrameFormat", "FrameReport", "Renderer", "make_renderer"]


class FrameFormat(enum.Enum):
    """The values of ``--format``."""

    FULL = "full"
    SUMMARY = "summary"
    JSONL = "jsonl"


class Renderer(Protocol):
    """How an inspector's findings become lines of text."""

    def render_handshake(self, half: HandshakeHalf, /) -> str:
        """Render a half of the opening handshake."""

    def render_frame(self, item: InspectedFrame, /) -> str:
        """Render a frame."""

    def render_event(self, event: Event, /) -> str:
        """Render what happened beside."""

    def render_remainder(self, remainder: Remainder, /) -> str:
        """Render what is missing at the end of a direction."""


class FrameReport:
    """Render an inspector's findings and write them, a batch at a time."""

    def __init__(self, renderer: Renderer, write: Callable[[str], None]) -> None:
        self._renderer = renderer
        self._write = write

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Write a half of the opening handshake."""
        self._write(self._renderer.render_handshake(half))

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Write the next frames."""
        self._write("".join(map(self._renderer.render_frame, frames)))

    def event_found(self, event: Event) -> None:
        """Write what happened beside."""
        self._write(self._renderer.render_event(event))

    def remainder_found(self, remainder: Remainder) -> None:
        """Write what is missing at the end of a direction."""
        self._write(self._renderer.render_remainder(remainder))


def make_renderer(format: FrameFormat, *, color: bool = False) -> Renderer:
    """Make the renderer of a format; JSON has no colours."""
    paint = paint_ansi if color else paint_nothing
    match format:
        case FrameFormat.FULL:
            return FullRenderer(paint)
        case FrameFormat.SUMMARY:
            return SummaryRenderer(paint)
        case FrameFormat.JSONL:
            return JsonlRenderer()
        case _:
            assert_never(format)
