"""Bytes without their opening handshake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import InspectedFrame, Remainder
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.frame import FrameHeader
from wstool.wire.tracker import Part

from support.frames import CONTINUATION, PING, PONG, TEXT, frame
from support.inspecting import (
    COMPRESSED,
    COMPRESSED_AGAIN,
    KEY,
    RECEIVED,
    SENT,
    inspect_runs,
)


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [frame(PING, b"a") + frame(PONG, b"b")],
            [(1, RECEIVED, 0, b"a"), (2, RECEIVED, 3, b"b")],
            id="server",
        ),
        pytest.param(
            [frame(PING, b"a", masking_key=KEY), frame(PONG, b"b", masking_key=KEY)],
            [(1, SENT, 0, b"a"), (2, SENT, 7, b"b")],
            id="client",
        ),
        pytest.param(
            [
                frame(PING, b"a"),
                frame(PONG, b"a", masking_key=KEY),
                frame(PING, b"b"),
            ],
            [(1, RECEIVED, 0, b"a"), (2, SENT, 0, b"a"), (3, RECEIVED, 3, b"b")],
            id="both",
        ),
        pytest.param(
            [[b"\x89", b"\x81abcd", b"\0"]], [(1, SENT, 0, b"a")], id="in-pieces"
        ),
        pytest.param(
            [frame(TEXT, b"\x89\x80abcd")[:2], b"\x89\x80abcd"],
            [(1, RECEIVED, 0, b"\x89\x80abcd")],
            id="frame-over-two-runs",
        ),
    ],
)
def test_directions(runs, found):
    """The MASK bit of a run's first frame tells its direction."""
    assert inspect_runs(*runs).frames() == found


def test_mask_within_a_run():
    """Within a run, a frame that is masked otherwise than the first is wrong."""
    found = inspect_runs(frame(PING) + frame(PING, masking_key=KEY)).findings

    rules = [[violation.rule for violation in item.frame.violations] for item in found]
    assert rules == [[], ["mask_unexpected"]]


def test_window_over_runs():
    """Compression is assumed, and its window goes from run to run."""
    found = inspect_runs(
        frame(TEXT, COMPRESSED, rsv=0b100), frame(TEXT, COMPRESSED_AGAIN, rsv=0b100)
    ).findings

    assert [item.frame.inflated.data for item in found] == [b"Hello", b"Hello"]
    assert [item.compression_assumed for item in found] == [True, True]


def test_no_compression():
    """Compression isn't assumed where it is known that there is none."""
    (item,) = inspect_runs(
        frame(TEXT, COMPRESSED, rsv=0b100), compression=False
    ).findings

    assert item.frame.inflated is None
    assert [found.rule for found in item.frame.violations] == ["rsv_not_negotiated"]


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        pytest.param(
            [b"\x89"], [Remainder(RECEIVED, Leftover(0, b"\x89"))], id="one-byte"
        ),
        pytest.param(
            [frame(TEXT, fin=False)],
            [Remainder(RECEIVED, unfinished=Part(1, 1, TEXT))],
            id="message",
        ),
        pytest.param(
            [
                frame(TEXT, fin=False, masking_key=KEY),
                frame(TEXT, fin=False) + b"\x80",
            ],
            [
                Remainder(SENT, unfinished=Part(1, 1, TEXT)),
                Remainder(RECEIVED, Leftover(2, b"\x80"), Part(1, 1, TEXT)),
            ],
            id="both-directions",
        ),
    ],
)
def test_remainder(runs, found):
    """What is missing at the end is told for each direction."""
    remainders = [
        item
        for item in inspect_runs(*runs).findings
        if not isinstance(item, InspectedFrame)
    ]

    assert remainders == found


def test_cut_off_frame():
    """A frame that is cut off is among the frames, and its message not missing."""
    cut_off = DissectedFrame(2, FrameHeader(0x0, 2), b"a", part=Part(1, 2, TEXT))

    found = inspect_runs(frame(TEXT, fin=False) + frame(CONTINUATION, b"ab")[:-1])

    assert found.findings[1:] == [
        InspectedFrame(2, RECEIVED, cut_off, compression_assumed=True),
        Remainder(RECEIVED, Leftover(2, b"\x80\x02a", cut_off)),
    ]


@given(st.lists(st.binary(max_size=12)))
def test_any_runs(runs):
    """Any runs of bytes are taken apart without loss."""
    sizes = 0
    for item in inspect_runs(*runs).findings:
        if isinstance(item, InspectedFrame):
            sizes += item.frame.size
        elif item.leftover is not None and item.leftover.frame is None:
            sizes += len(item.leftover.data)

    assert sizes == sum(map(len, runs))


def test_known_direction():
    """Where the sender is known, the MASK bit can be wrong."""
    found = inspect_runs(frame(PING), direction=SENT)

    assert found.rules() == [["mask_missing"]]
    assert found.items()[0].direction is SENT


def test_pong_without_its_ping():
    """A pong may answer a ping that nobody gave; one that is there gets its answer."""
    found = inspect_runs(
        frame(PONG, b"b", masking_key=KEY),
        frame(PING, b"a"),
        frame(PONG, b"a", masking_key=b"efgh"),
    )

    assert found.rules() == [[], [], []]
    assert [item.answer and item.answer.number for item in found.items()] == [
        None,
        None,
        2,
    ]
