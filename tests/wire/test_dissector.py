"""One direction's bytes, dissected: RFC 6455 5.2 and 5.7, RFC 7692 7.2.3."""

from __future__ import annotations

import pytest

from wstool.wire import violations
from wstool.wire.close import Close
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.frame import FrameHeader
from wstool.wire.tracker import Content, Part

from support.dissecting import (
    COMPRESSED,
    DIALOGUE_RULES,
    HELLO,
    KEY,
    dissect,
    make_dissector,
    rules,
)
from support.frames import CLOSE, CONTINUATION, PING, TEXT, frame


@pytest.mark.parametrize(
    ("data", "compression", "frames"),
    [
        pytest.param(
            "810548656c6c6f",
            False,
            [
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x1, 5),
                    payload=b"Hello",
                    part=Part(1, 1, 0x1),
                    message=HELLO,
                )
            ],
            id="text",
        ),
        pytest.param(
            "818537fa213d7f9f4d5158",
            False,
            [
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x1, 5, masking_key=KEY),
                    payload=b"Hello",
                    part=Part(1, 1, 0x1),
                    message=HELLO,
                )
            ],
            id="masked",
        ),
        pytest.param(
            "010348656c80026c6f",
            False,
            [
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x1, 3, fin=False),
                    payload=b"Hel",
                    part=Part(1, 1, 0x1),
                ),
                DissectedFrame(
                    offset=5,
                    header=FrameHeader(0x0, 2),
                    payload=b"lo",
                    part=Part(1, 2, 0x1),
                    message=HELLO,
                ),
            ],
            id="fragmented",
        ),
        pytest.param(
            "890548656c6c6f",
            False,
            [DissectedFrame(0, FrameHeader(0x9, 5), b"Hello")],
            id="ping",
        ),
        pytest.param(
            "880503e8627965",
            False,
            [
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x8, 5),
                    payload=b"\x03\xe8bye",
                    close=Close(1000, "bye"),
                )
            ],
            id="close",
        ),
        pytest.param(
            "4103f248cd8004c9c90700",
            True,
            [
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x1, 3, fin=False, rsv1=True),
                    payload=COMPRESSED[:3],
                    part=Part(1, 1, 0x1, compressed=True),
                    inflated=Content(b"He", 2),
                ),
                DissectedFrame(
                    offset=5,
                    header=FrameHeader(0x0, 4),
                    payload=COMPRESSED[3:],
                    part=Part(1, 2, 0x1, compressed=True),
                    inflated=Content(b"llo", 3),
                    message=HELLO,
                ),
            ],
            id="compressed",
        ),
    ],
)
def test_frames(data, compression, frames):
    """A frame has every bit of its header, its payload, and its place."""
    assert dissect(bytes.fromhex(data), compression=compression) == (frames, None)


@pytest.mark.parametrize(
    ("payload", "header"),
    [
        pytest.param(b"x" * 125, FrameHeader(0x2, 125), id="7"),
        pytest.param(b"x" * 126, FrameHeader(0x2, 126, length_bits=16), id="16"),
        pytest.param(b"x" * 65536, FrameHeader(0x2, 65536, length_bits=64), id="64"),
    ],
)
def test_lengths(payload, header):
    """A payload length is known with the bits that spell it."""
    ((found,), leftover) = dissect(frame(0x2, payload))

    assert (found.header, found.payload, leftover) == (header, payload, None)


@pytest.mark.parametrize(
    ("second", "contents"),
    [
        pytest.param("c105f200110000", [HELLO, HELLO], id="shared-window"),
        pytest.param("c10b000500faff48656c6c6f00", [HELLO, HELLO], id="stored"),
        pytest.param("c108f348cdc9c9070000", [HELLO, HELLO], id="bfinal"),
    ],
)
def test_compressed_messages(second, contents):
    """The window is followed from message to message (RFC 7692, 7.2.3)."""
    data = frame(TEXT, COMPRESSED, rsv=0b100) + bytes.fromhex(second)

    frames, _ = dissect(data, compression=True)

    assert [found.content for found in frames] == contents


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(
            frame(TEXT, COMPRESSED, rsv=0b100) + frame(PING, rsv=0b100),
            [(HELLO, []), (Content(b"", 0), ["compressed_control"])],
            id="inflates",
        ),
        pytest.param(
            frame(TEXT, b"Hello", rsv=0b100) + frame(PING, rsv=0b100),
            [
                (HELLO, ["rsv_not_negotiated"]),
                (Content(b"", 0), ["rsv_not_negotiated"]),
            ],
            id="doesn't",
        ),
        pytest.param(
            frame(TEXT, COMPRESSED, rsv=0b100) + frame(TEXT, b"Hello", rsv=0b100),
            [(HELLO, []), (Content(b"", 0), ["compressed_data_invalid"])],
            id="inflated-once",
        ),
        pytest.param(
            frame(TEXT, b"\xff", rsv=0b100) + frame(TEXT, b"\xff"),
            [
                (Content(b"\xff", 1), ["rsv_not_negotiated"]),
                (Content(b"\xff", 1), ["text_invalid"]),
            ],
            id="unknown-bits-make-unknown-text",
        ),
    ],
)
def test_assumed_compression(data, found):
    """Where the negotiation is unknown, RSV1 means what makes sense."""
    frames, _ = dissect(data, assume=True)

    assert [
        (frame.content, [violation.rule for violation in frame.violations])
        for frame in frames
    ] == found


@pytest.mark.parametrize(
    ("data", "options", "found"),
    [
        pytest.param(frame(0x3), {}, [["reserved_opcode"]], id="reserved"),
        pytest.param(frame(0xB), {}, [["reserved_opcode"]], id="reserved-control"),
        pytest.param(frame(TEXT, rsv=0b100), {}, [["rsv_not_negotiated"]], id="rsv1"),
        pytest.param(frame(PING, rsv=0b011), {}, [["rsv_not_negotiated"]], id="rsv23"),
        pytest.param(
            frame(PING, rsv=0b100),
            {"compression": True},
            [["compressed_control"]],
            id="compressed-control",
        ),
        pytest.param(
            frame(TEXT, COMPRESSED[:3], rsv=0b100, fin=False)
            + frame(CONTINUATION, COMPRESSED[3:], rsv=0b100),
            {"compression": True},
            [[], ["compressed_continuation"]],
            id="compressed-continuation",
        ),
        pytest.param(
            frame(TEXT, fin=False) + frame(CONTINUATION, rsv=0b100),
            {},
            [[], ["rsv_not_negotiated"]],
            id="rsv1-continuation",
        ),
        pytest.param(
            frame(TEXT, b"Hello", rsv=0b100),
            {"compression": True},
            [["compressed_data_invalid"]],
            id="not-deflate",
        ),
        pytest.param(
            frame(PING, fin=False), {}, [["control_fragmented"]], id="ping-fragment"
        ),
        pytest.param(
            frame(PING, b"x" * 126), {}, [["control_too_long"]], id="long-ping"
        ),
        pytest.param(b"\x82\x7e\0\0", {}, [["length_not_minimal"]], id="over-long"),
        pytest.param(
            b"\x82\x7f\x80" + b"\0" * 7, {}, [["length_out_of_range"]], id="top-bit"
        ),
        pytest.param(
            frame(PING), {"masked": True}, [["mask_missing"]], id="mask-missing"
        ),
        pytest.param(
            frame(PING, masking_key=KEY),
            {"masked": False},
            [["mask_unexpected"]],
            id="mask-unexpected",
        ),
        pytest.param(
            frame(PING, masking_key=KEY) + frame(PING),
            {},
            [[], ["mask_missing"]],
            id="mask-as-first",
        ),
        pytest.param(
            frame(PING) + frame(PING, masking_key=KEY),
            {},
            [[], ["mask_unexpected"]],
            id="no-mask-as-first",
        ),
        pytest.param(
            frame(CONTINUATION, b"\xff"),
            {},
            [["continuation_without_start"]],
            id="no-start",
        ),
        pytest.param(
            frame(TEXT, fin=False) + frame(TEXT),
            {},
            [[], ["message_inside_message"]],
            id="message-inside",
        ),
        pytest.param(frame(TEXT, b"a\xff"), {}, [["text_invalid"]], id="text"),
        pytest.param(frame(TEXT, b"a\xc3"), {}, [["text_invalid"]], id="text-half"),
        pytest.param(
            frame(TEXT, b"a\xc3", fin=False) + frame(CONTINUATION, b"a"),
            {},
            [[], ["text_invalid"]],
            id="text-across",
        ),
        pytest.param(
            frame(CLOSE, b"\x03"), {}, [["close_payload_too_short"]], id="close-short"
        ),
        pytest.param(
            frame(CLOSE, b"\x03\xee"), {}, [["close_code_reserved"]], id="close-1006"
        ),
        pytest.param(
            frame(CLOSE, b"\x03\xe8\xff"),
            {},
            [["close_reason_invalid"]],
            id="close-reason",
        ),
        pytest.param(
            b"\x29\x7e\x00\x01\x00",
            {"masked": True},
            [
                [
                    "rsv_not_negotiated",
                    "control_fragmented",
                    "length_not_minimal",
                    "mask_missing",
                ]
            ],
            id="all-at-once",
        ),
        pytest.param(
            frame(TEXT, b"a\xff" + b"x" * 9)[:5], {}, [["text_invalid"]], id="cut-off"
        ),
    ],
)
def test_violations(data, options, found):
    """Every rule that a frame breaks is named at the frame."""
    assert rules(data, **options) == found


def test_violations_are_all_there():
    """No rule is missing above, but for limits and what only a dialogue shows."""
    (table,) = [
        mark for mark in test_violations.pytestmark if mark.name == "parametrize"
    ]
    found = {rule for row in table.args[1] for rules in row.values[2] for rule in rules}

    elsewhere = {"Violation", "message_too_big", *DIALOGUE_RULES}
    assert found == {*violations.__all__} - elsewhere


@pytest.mark.parametrize(
    ("data", "leftover"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("8900", None, id="whole"),
        pytest.param("890081", Leftover(2, b"\x81"), id="half-a-header"),
        pytest.param("8900818537fa21", Leftover(2, b"\x81\x857\xfa!"), id="no-key"),
        pytest.param(
            "818537fa213d7f9f",
            Leftover(
                0,
                bytes.fromhex("818537fa213d7f9f"),
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x1, 5, masking_key=KEY),
                    payload=b"He",
                    part=Part(1, 1, 0x1),
                ),
            ),
            id="half-a-payload",
        ),
        pytest.param(
            "880403",
            Leftover(
                0, b"\x88\x04\x03", DissectedFrame(0, FrameHeader(0x8, 4), b"\x03")
            ),
            id="half-a-close",
        ),
        pytest.param(
            "827f7fffffffffffffffaabb",
            Leftover(
                0,
                bytes.fromhex("827f7fffffffffffffffaabb"),
                DissectedFrame(
                    offset=0,
                    header=FrameHeader(0x2, (1 << 63) - 1, length_bits=64),
                    payload=b"\xaa\xbb",
                    part=Part(1, 1, 0x2),
                ),
            ),
            id="absurd",
        ),
    ],
)
def test_leftover(data, leftover):
    """What is left at the end is shown as far as it goes."""
    assert dissect(bytes.fromhex(data))[1] == leftover


@pytest.mark.parametrize(
    ("data", "unfinished"),
    [
        pytest.param(frame(TEXT), None, id="whole"),
        pytest.param(frame(TEXT, fin=False), Part(1, 1, TEXT), id="first"),
        pytest.param(
            frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) + frame(PING),
            Part(1, 2, TEXT),
            id="second",
        ),
    ],
)
def test_unfinished(data, unfinished):
    """A message without a final fragment is known at the end."""
    dissector = make_dissector()
    dissector.feed(data)

    assert dissector.unfinished == unfinished
