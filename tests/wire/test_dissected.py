"""What a dissected frame says of its own bytes."""

from __future__ import annotations

import pytest

from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.frame import FrameHeader
from wstool.wire.tracker import Content, Part

from support.dissecting import COMPRESSED, HELLO, KEY


MASKED = DissectedFrame(0, FrameHeader(0x1, 5, masking_key=KEY), b"Hello")


def test_as_sent():
    """A frame gives the bytes that were sent: its header, and its payload masked."""
    sent = bytes.fromhex("8185 37fa213d 7f9f4d5158")

    assert MASKED.raw_header + MASKED.raw_payload == sent
    assert MASKED.size == len(sent)


@pytest.mark.parametrize(
    ("part", "inflated", "content"),
    [
        pytest.param(None, None, Content(COMPRESSED, 7), id="control"),
        pytest.param(Part(1, 1, 0x1), None, Content(COMPRESSED, 7), id="plain"),
        pytest.param(Part(1, 1, 0x1, compressed=True), HELLO, HELLO, id="compressed"),
        pytest.param(Part(1, 1, 0x1, compressed=True), None, None, id="broken"),
    ],
)
def test_content(part, inflated, content):
    """The content is the payload, or what it inflates to if it is compressed."""
    frame = DissectedFrame(
        0, FrameHeader(0x1, 7), COMPRESSED, part=part, inflated=inflated
    )

    assert frame.content == content


def test_rest_that_is_not_kept():
    """What isn't kept counts as what came."""
    frame = DissectedFrame(0, FrameHeader(0x2, 9, masking_key=KEY), b"ab", unkept=7)

    assert (frame.received, frame.size) == (9, 15)
    assert frame.content == Content(b"ab", 9)
    assert frame.raw_payload == bytes([ord("a") ^ KEY[0], ord("b") ^ KEY[1]])
    assert Leftover(0, b"", frame).size == 15
    assert Leftover(0, b"ab").size == 2
