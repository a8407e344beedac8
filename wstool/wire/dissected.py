"""What one direction's bytes are, dissected: frames, and what is left of them."""

from __future__ import annotations

from typing import NamedTuple

from wstool.wire.close import Close
from wstool.wire.frame import FrameHeader, serialize_header
from wstool.wire.masking import xor_mask
from wstool.wire.tracker import Content, Part
from wstool.wire.violations import Violation


__all__ = ["DissectedFrame", "Leftover"]


class DissectedFrame(NamedTuple):
    """A frame, bit by bit."""

    offset: int
    """Where it begins in its direction."""
    header: FrameHeader
    payload: bytes
    """
    Payload, unmasked: as much of it as is kept, and as there is where the frame is cut
    off.
    """
    violations: tuple[Violation, ...] = ()
    """Every rule that it breaks."""
    part: Part | None = None
    """Place in its message; None for a control frame, and where there is no message."""
    inflated: Content | None = None
    """What a compressed payload inflates to, as far as it can be inflated."""
    message: Content | None = None
    """The whole message, inflated, at its last frame; None if it can't be inflated."""
    close: Close | None = None
    """What a close frame says."""
    unkept: int = 0
    """Bytes of the payload that came after those that are kept."""

    @property
    def received(self) -> int:
        """Bytes of the payload that came."""
        return len(self.payload) + self.unkept

    @property
    def content(self) -> Content | None:
        """Application data: the payload, or what it inflates to, if it does."""
        if self.part is not None and self.part.compressed:
            return self.inflated
        return Content(self.payload, self.received)

    @property
    def size(self) -> int:
        """Bytes of the frame that came."""
        return self.header.size + self.received

    @property
    def raw_header(self) -> bytes:
        """The header as sent."""
        return serialize_header(self.header)

    @property
    def raw_payload(self) -> bytes:
        """The payload as sent, as much of it as is kept."""
        key = self.header.masking_key
        return self.payload if key is None else xor_mask(self.payload, key)


class Leftover(NamedTuple):
    """Bytes at the end that make no whole frame."""

    offset: int
    data: bytes
    """The bytes, as many as are kept."""
    frame: DissectedFrame | None = None
    """As much as there is of the frame, if its header is whole."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data) if self.frame is None else self.frame.size
