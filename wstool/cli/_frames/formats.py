"""The formats in which ``inspect`` shows frames."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, assert_never

from wstool.cli._frames.full import DEFAULT_VIEW, FullRenderer, View
from wstool.cli._frames.hexdump import HexdumpRenderer
from wstool.cli._frames.jsonl import JsonlRenderer
from wstool.cli._frames.summary import SummaryRenderer
from wstool.cli._frames.text import paint_ansi, paint_nothing
from wstool.services.inspector import (
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)


__all__ = ["FrameFormat", "FrameReport", "Renderer", "View", "make_renderer"]


T = TypeVar("T", str, bytes)
T_co = TypeVar("T_co", str, bytes, covariant=True)


class FrameFormat(enum.Enum):
    """The values of ``--format``."""

    FULL = "full"
    SUMMARY = "summary"
    JSONL = "jsonl"
    HEXDUMP = "hexdump"
    WIRE = "wire"


class Renderer(Protocol[T_co]):
    """How an inspector's findings become lines of text, or bytes."""

    def render_handshake(self, half: HandshakeHalf, /) -> T_co:
        """Render a half of the opening handshake."""

    def render_frame(self, item: InspectedFrame, /) -> T_co:
        """Render a frame."""

    def render_event(self, event: Event, /) -> T_co:
        """Render what happened beside."""

    def render_remainder(self, remainder: Remainder, /) -> T_co:
        """Render what is missing at the end of a direction."""


class FrameReport(Generic[T]):
    """Render an inspector's findings and write them, a batch at a time."""

    def __init__(self, renderer: Renderer[T], write: Callable[[T], None]) -> None:
        self._renderer: Renderer[T] = renderer
        self._write: Callable[[T], None] = write
        self._render_frames: Callable[[list[InspectedFrame]], T] = getattr(
            renderer, "render_frames", self._render_each
        )

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Write a half of the opening handshake."""
        self._write(self._renderer.render_handshake(half))

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Write the next frames."""
        self._write(self._render_frames(frames))

    def _render_each(self, frames: list[InspectedFrame]) -> T:
        return _join([self._renderer.render_frame(item) for item in frames])

    def event_found(self, event: Event) -> None:
        """Write what happened beside."""
        if event.silent:
            return
        self._write(self._renderer.render_event(event))

    def remainder_found(self, remainder: Remainder) -> None:
        """Write what is missing at the end of a direction."""
        self._write(self._renderer.render_remainder(remainder))


def _join(rendered: list[T]) -> T:
    first = rendered[0]
    return type(first)().join(rendered)


def make_renderer(
    format: FrameFormat, *, color: bool = False, view: View = DEFAULT_VIEW
) -> Renderer[str]:
    """
    Make the renderer of a format of text; JSON has no colours.

    Args:
        format: Any format but `WIRE`, which is no text.
        color: Whether to colour the text.
        view: What is shown of a frame.
    """
    paint = paint_ansi if color else paint_nothing
    match format:
        case FrameFormat.FULL:
            return FullRenderer(paint, view)
        case FrameFormat.SUMMARY:
            return SummaryRenderer(paint, view.max_payload)
        case FrameFormat.HEXDUMP:
            return HexdumpRenderer(paint, view.max_payload)
        case FrameFormat.WIRE:
            raise AssertionError("the bytes on the wire are no text")
        case FrameFormat.JSONL:
            return JsonlRenderer(view.max_payload)
        case _:
            assert_never(format)
