"""The beginning of a frame, found in the middle of a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.wire.dissector import Dissector
from wstool.wire.seeking import find_start

from support.frames import BINARY, PING, TEXT, frame


THREE = frame(TEXT, b"one") + frame(PING) + frame(BINARY, bytes(300))


@pytest.mark.parametrize(
    ("data", "masked", "start"),
    [
        pytest.param(b"", None, None, id="nothing"),
        pytest.param(THREE, False, 0, id="at-once"),
        pytest.param(b"\xff\xff" + THREE, False, 2, id="later"),
        pytest.param(THREE[1:], False, 4, id="cut"),
        pytest.param(THREE, True, None, id="other-side"),
        pytest.param(THREE + b"\xff" * 9, False, 0, id="three-in-a-row"),
        pytest.param(frame(PING) + b"\xff" * 9, False, None, id="too-few"),
        pytest.param(b"\xff" * 99, None, None, id="no-frames"),
    ],
)
def test_find_start(data, masked, start):
    """Frames in a row, or up to the end of the data, show where one begins."""
    assert find_start(data, masked=masked) == start


@given(st.binary())
def test_any_bytes(data):
    """Any bytes hold a beginning or none, and it is in them."""
    start = find_start(data, masked=None)

    assert start is None or 0 <= start < len(data)


def test_dissecting_from_the_middle():
    """A dissector that begins in the middle gives the frames from the next one on."""
    dissector = Dissector(masked=False)
    dissector.seek()

    assert dissector.feed(b"\xff\xff\xff") == []
    assert dissector.seeking
    frames = dissector.feed(THREE)

    assert [(item.offset, item.header.opcode) for item in frames] == [
        (3, TEXT),
        (8, PING),
        (10, BINARY),
    ]
    assert not dissector.seeking


def test_seeking_keeps_little():
    """What holds no frame is dropped, and told at the end."""
    dissector = Dissector(masked=False)
    dissector.seek()
    for _ in range(10):
        dissector.feed(b"\xff" * 1000)

    left = dissector.finish()
    assert left.offset + len(left.data) == 10_000
    assert len(left.data) <= 4096


@pytest.mark.parametrize("cut", range(1, 304))
def test_gap_in_a_payload(cut):
    """Where bytes of one payload are missing, the next frame is still found."""
    data = frame(BINARY, b"\xff" * 300)
    gap = min(20, len(data) - cut)
    dissector = Dissector(masked=False)
    dissector.feed(data[:cut])

    left = dissector.skip(gap)
    after = dissector.feed(data[cut + gap :] + frame(PING) + frame(TEXT, b"a"))

    assert left.data == data[:cut]
    assert [item.offset for item in after] == [304, 306]


def test_gap_over_the_end_of_a_frame():
    """Where the next frame's beginning is missing, another one is sought."""
    dissector = Dissector(masked=False)
    dissector.feed(frame(BINARY, bytes(9))[:5])

    dissector.skip(7)
    frames = dissector.feed(b"\xff" + frame(PING) + frame(TEXT, b"a"))

    assert [item.offset for item in frames] == [13, 15]


def test_two_gaps_in_a_payload():
    """A second gap in the same payload is counted too."""
    dissector = Dissector(masked=False)
    dissector.feed(frame(BINARY, bytes(100))[:10])
    dissector.skip(10)
    dissector.feed(bytes(10))
    dissector.skip(10)

    (item,) = dissector.feed(bytes(62) + frame(PING))

    assert item.offset == 102
