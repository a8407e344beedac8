"""Frames as the bytes that were sent."""

from __future__ import annotations

from wstool.cli._frames.text import Paint, TextRenderer, describe_rest
from wstool.cli._render import hexdump
from wstool.services.inspector import HandshakeHalf, InspectedFrame, Remainder


__all__ = ["HexdumpRenderer", "WireRenderer"]


class HexdumpRenderer(TextRenderer):
    """Render each frame's bytes as sent, header and payload, with their offsets."""

    def __init__(self, paint: Paint, max_payload: int | None = None) -> None:
        """
        Start before the first frame.

        Args:
            paint: Colours words.
            max_payload: Bytes of a payload that are shown; None for all.
        """
        super().__init__(paint)
        self._max_payload = max_payload

    def render_frame(self, item: InspectedFrame) -> str:
        """Render a frame."""
        frame = item.frame
        payload = frame.raw_payload[: self._max_payload]
        rest = describe_rest(len(payload), len(frame.payload), frame.received)
        return self._paragraph(
            [
                *self._switched(item.connection),
                self._named(item, f"#{item.number}"),
                *(f"     {text}" for text in self._wrongs(item.findings, 5)),
                *hexdump(
                    frame.raw_header + payload,
                    indent="     ",
                    offset=frame.offset,
                ),
                *([] if rest is None else [f"     {rest}"]),
            ]
        )


class WireRenderer:
    """
    Render the frames' bytes themselves, as they were sent.

    A frame of which not all bytes are kept is left out, or those of the next ones would
    be taken for its payload.
    """

    def __init__(self) -> None:
        self.left_out: InspectedFrame | None = None
        """The first frame that is left out."""

    def render_handshake(self, half: HandshakeHalf) -> bytes:
        """Render nothing: the handshake is no frame."""
        return b""

    def render_frame(self, item: InspectedFrame) -> bytes:
        """Render a frame."""
        if item.frame.unkept:
            self.left_out = self.left_out or item
            return b""
        return item.frame.raw_header + item.frame.raw_payload

    def render_event(self, event: object) -> bytes:
        """Render nothing: events are no bytes."""
        return b""

    def render_remainder(self, remainder: Remainder) -> bytes:
        """Render bytes that make no whole header; the rest has been a frame."""
        leftover = remainder.leftover
        if leftover is None or leftover.frame is not None:
            return b""
        return leftover.data
