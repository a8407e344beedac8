"""What an inspector finds."""

from __future__ import annotations

from wstool.services.inspector import Direction, InspectedFrame
from wstool.wire.dissector import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.violations import mask_missing, pong_unsolicited


def test_violations():
    """A frame breaks rules by itself and in the dialogue."""
    own, shared = mask_missing(), pong_unsolicited(False)
    frame = DissectedFrame(0, FrameHeader(0xA, 0), b"", (own,))

    item = InspectedFrame(1, Direction.SENT, frame, remarks=(shared,))

    assert item.violations == (own, shared)
