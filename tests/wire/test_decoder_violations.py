"""Each violation, found at the byte that proves it."""

from __future__ import annotations

import pytest

from wstool.wire import violations
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode

from support.feeding import decode, feeding_ways


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY
PING = Opcode.PING
KEY = "37fa213d"


def check_violation(data, findings, **options):
    """Check that the last byte of a vector, and none before it, proves a violation."""
    for way, pieces in feeding_ways(data, b"\x89\x00\xff").items():
        assert decode(pieces, **options) == findings, way
    for end in range(max(len(data) - 20, 0), len(data)):
        before = decode([data[:end]], **options)
        assert before == findings[: len(before)]
        assert len(before) < len(findings)


@pytest.mark.parametrize(
    ("vector", "violation"),
    [
        *(
            pytest.param(
                f"8{opcode:x}00",
                violations.reserved_opcode(opcode),
                id=f"reserved opcode 0x{opcode:x}",
            )
            for opcode in (0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF)
        ),
        pytest.param("c100", violations.rsv_not_negotiated("RSV1"), id="rsv1"),
        pytest.param("a100", violations.rsv_not_negotiated("RSV2"), id="rsv2"),
        pytest.param("9100", violations.rsv_not_negotiated("RSV3"), id="rsv3"),
        pytest.param(
            "c900", violations.rsv_not_negotiated("RSV1"), id="rsv1 on a ping"
        ),
        pytest.param("0900", violations.control_fragmented(0x9), id="fragmented ping"),
        pytest.param("0800", violations.control_fragmented(0x8), id="fragmented close"),
        pytest.param("897e007e", violations.control_too_long(0x9, 126), id="long ping"),
        pytest.param(
            "8a7f0000000000010000",
            violations.control_too_long(0xA, 65536),
            id="very long pong",
        ),
        pytest.param(
            "827e007d", violations.length_not_minimal(125, 16), id="over-long, 16 bits"
        ),
        pytest.param(
            "827e0000", violations.length_not_minimal(0, 16), id="over-long, zero"
        ),
        pytest.param(
            "827f000000000000ffff",
            violations.length_not_minimal(65535, 64),
            id="over-long, 64 bits",
        ),
        pytest.param(
            "827f8000000000000000",
            violations.length_out_of_range(1 << 63),
            id="most significant bit set",
        ),
        pytest.param(
            "827fffffffffffffffff",
            violations.length_out_of_range((1 << 64) - 1),
            id="all bits set",
        ),
        pytest.param(f"8180{KEY}", violations.mask_unexpected(), id="masked text"),
        pytest.param(f"8980{KEY}", violations.mask_unexpected(), id="masked ping"),
        pytest.param(
            "8000", violations.continuation_without_start(), id="continuation"
        ),
        pytest.param(
            "0000",
            violations.continuation_without_start(),
            id="continuation, not final",
        ),
        pytest.param(
            "0100 8000 8000",
            violations.continuation_without_start(),
            id="second continuation",
        ),
        pytest.param(
            "0100 8100", violations.message_inside_message(0x1), id="text inside text"
        ),
        pytest.param(
            "0100 0200",
            violations.message_inside_message(0x2),
            id="fragmented binary inside text",
        ),
        pytest.param("8801 03", violations.close_payload_too_short(), id="short close"),
        *(
            pytest.param(
                f"8802 {code:04x}",
                violations.close_code_reserved(code),
                id=f"close code {code}",
            )
            for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535)
        ),
        pytest.param(
            "8805 03e8 61ff62", violations.close_reason_invalid(1), id="close reason"
        ),
        pytest.param(
            "8804 03e8 e282", violations.close_reason_invalid(0), id="reason cut off"
        ),
    ],
)
@pytest.mark.parametrize(
    ("before", "findings"),
    [
        pytest.param("", [], id="first"),
        pytest.param(
            "8101 61 8201 62 8901 63 8201 64",
            [(TEXT, b"a"), (BINARY, b"b"), (PING, b"c"), (BINARY, b"d")],
            id="later",
        ),
    ],
)
def test_violation(before, findings, vector, violation, fast):
    """A violation is found once, behind what came before it, and ends everything."""
    vector = bytes.fromhex(vector)
    messages = [(TEXT, b"")] if vector.startswith(b"\x01\x00\x80") else []

    check_violation(
        bytes.fromhex(before) + vector, [*findings, *messages, violation], fast=fast
    )


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param("8100", id="text"),
        pytest.param("8105", id="text with payload"),
        pytest.param("8900", id="ping"),
        pytest.param("827e007e", id="16 bits"),
        pytest.param("827f0000000000010000", id="64 bits"),
    ],
)
def test_mask_missing(vector, fast):
    """5.1: a server fails the connection over a frame that isn't masked."""
    check_violation(
        bytes.fromhex(vector), [violations.mask_missing()], masked=True, fast=fast
    )


@pytest.mark.parametrize(
    ("vector", "violation"),
    [
        pytest.param("c900", violations.compressed_control(0x9), id="ping"),
        pytest.param("c800", violations.compressed_control(0x8), id="close"),
        pytest.param(
            "0100 c000", violations.compressed_continuation(), id="continuation"
        ),
        pytest.param(
            "4103 f248cd c004",
            violations.compressed_continuation(),
            id="continuation of a compressed message",
        ),
        pytest.param("e100", violations.rsv_not_negotiated("RSV2"), id="rsv2 besides"),
        pytest.param(
            "c000", violations.continuation_without_start(), id="nothing to continue"
        ),
        pytest.param(
            "c105 07",
            violations.compressed_data_invalid("invalid block type"),
            id="not deflate",
        ),
        pytest.param(
            "c102 0001",
            violations.compressed_data_invalid("invalid stored block lengths"),
            id="not deflate at the end",
        ),
    ],
)
def test_compression_violation(vector, violation, fast):
    """RFC 7692: the compressed bit in the wrong place, and data that aren't DEFLATE."""
    check_violation(bytes.fromhex(vector), [violation], compression=True, fast=fast)


@pytest.mark.parametrize(
    ("sequence", "offset"),
    [
        pytest.param("80", 0, id="tail without a start"),
        pytest.param("c0", 0, id="over-long"),
        pytest.param("e09f", 0, id="over-long, 3 bytes"),
        pytest.param("eda0", 0, id="surrogate"),
        pytest.param("f08f", 0, id="over-long, 4 bytes"),
        pytest.param("f490", 0, id="beyond U+10FFFF"),
        pytest.param("f5", 0, id="start too high"),
        pytest.param("c3a9 e28228", 2, id="third byte"),
        pytest.param("6162 f0908028", 2, id="fourth byte"),
    ],
)
def test_invalid_text(sequence, offset, fast):
    """Invalid UTF-8 is found at the byte that proves it, in an unfinished frame too."""
    text = bytes.fromhex(sequence)
    violation = violations.text_invalid(offset)
    stored = b"\x00\x40\x00\xbf\xff"

    for size in {len(text), 20, 200}:
        frame = serialize_frame(0x1, text + bytes(size - len(text)))
        data = frame[: len(frame) - size + len(text)]
        check_violation(data, [violation], fast=fast)
        check_violation(b"\x82\x00" + data, [(BINARY, b""), violation], fast=fast)
    masked = serialize_frame(0x1, text, masking_key=bytes.fromhex(KEY))
    assert decode([masked], masked=True, fast=fast) == [violation]
    for at in range(len(text)):
        first, second = text[:at], text[at:]
        data = serialize_frame(0x1, first, fin=False) + serialize_frame(0x0, second)
        check_violation(data, [violation], fast=fast)
        data = serialize_frame(
            0x1, stored + first, fin=False, rsv1=True
        ) + serialize_frame(0x0, second)
        check_violation(data, [violation], fast=fast, compression=True)


def test_whole_run_before_invalid_text(fast):
    """Of messages that come together, those before the invalid one are handed on."""
    data = bytes.fromhex("8101 61 8102 c3a9 8103 6162ff 8101 64")

    findings = decode([data], fast=fast)

    assert findings == [
        (TEXT, b"a"),
        (TEXT, "é".encode()),
        violations.text_invalid(2),
    ]


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param("8103 61e282", id="whole"),
        pytest.param("0103 61e282 8000", id="fragmented"),
        pytest.param("4108 000300fcff61e282 8001 00", id="compressed"),
    ],
)
def test_text_cut_off(vector, fast):
    """Text that ends inside a character is invalid at its end."""
    check_violation(
        bytes.fromhex(vector), [violations.text_invalid(1)], fast=fast, compression=True
    )


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("max_size", [1, 64, 125, 126, 70000])
def test_limit(max_size, masked, fast):
    """A message can be as large as the limit, and not one byte larger."""
    key = bytes(4) if masked else None
    good = serialize_frame(0x2, bytes(max_size), masking_key=key)
    bad = serialize_frame(0x2, bytes(max_size + 1), masking_key=key)
    message = (BINARY, bytes(max_size))
    violation = violations.message_too_big(max_size + 1, max_size)

    options = {"max_size": max_size, "masked": masked, "fast": fast}

    assert decode([good], **options) == [message]
    assert decode([bad], **options) == [violation]
    header = bad[: len(bad) - max_size - 1]
    check_violation(good + header, [message, violation], **options)


def test_limit_over_fragments(fast):
    """The limit is for the message, and is told at the frame that would pass it."""
    data = bytes.fromhex("0103 616263 8900 0002 6465 8001")

    check_violation(
        data,
        [(PING, b""), violations.message_too_big(6, 5)],
        max_size=5,
        fast=fast,
    )
