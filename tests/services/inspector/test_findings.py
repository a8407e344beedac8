"""What an inspector finds."""

from __future__ import annotations

from wstool.services.inspector import Direction, InspectedFrame
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.violations import mask_missing, pong_unsolicited, second_close


def test_violations():
    """A frame breaks rules by itself and in the dialogue; what is legal is a remark."""
    own, shared, strange = mask_missing(), second_close(), pong_unsolicited(False)
    frame = DissectedFrame(0, FrameHeader(0xA, 0), b"", (own,))

    item = InspectedFrame(1, Direction.SENT, frame, in_dialogue=(strange, shared))

    assert item.findings == (own, strange, shared)
    assert item.violations == (own, shared)
    assert item.remarks == (strange,)
