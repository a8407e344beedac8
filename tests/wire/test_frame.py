"""Frame headers, bit by bit (RFC 6455, section 5.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.wire.frame import (
    FrameHeader,
    find_header_violations,
    parse_header,
    serialize_frame,
    serialize_header,
    shortest_length_bits,
)
from wstool.wire.violations import (
    compressed_control,
    control_fragmented,
    control_too_long,
    length_not_minimal,
    length_out_of_range,
    mask_missing,
    mask_unexpected,
    reserved_opcode,
    rsv_not_negotiated,
)

from support.feeding import feeding_ways


KEY = bytes.fromhex("37fa213d")

HEADERS = [
    pytest.param("8105", FrameHeader(0x1, 5), id="text"),
    pytest.param("818537fa213d", FrameHeader(0x1, 5, masking_key=KEY), id="masked"),
    pytest.param("0103", FrameHeader(0x1, 3, fin=False), id="first fragment"),
    pytest.param("8002", FrameHeader(0x0, 2), id="last fragment"),
    pytest.param("8905", FrameHeader(0x9, 5), id="ping"),
    pytest.param(
        "8a8537fa213d", FrameHeader(0xA, 5, masking_key=KEY), id="masked pong"
    ),
    pytest.param("827e0100", FrameHeader(0x2, 256, length_bits=16), id="256 bytes"),
    pytest.param(
        "827f0000000000010000", FrameHeader(0x2, 65536, length_bits=64), id="64 KiB"
    ),
    pytest.param("8200", FrameHeader(0x2, 0), id="empty"),
    pytest.param("827d", FrameHeader(0x2, 125), id="longest of 7 bits"),
    pytest.param(
        "827e007e", FrameHeader(0x2, 126, length_bits=16), id="shortest of 16 bits"
    ),
    pytest.param(
        "82feffff37fa213d",
        FrameHeader(0x2, 65535, masking_key=KEY, length_bits=16),
        id="longest of 16 bits",
    ),
    pytest.param(
        "82ff7fffffffffffffff37fa213d",
        FrameHeader(0x2, (1 << 63) - 1, masking_key=KEY, length_bits=64),
        id="longest of 64 bits",
    ),
    pytest.param(
        "827fffffffffffffffff",
        FrameHeader(0x2, (1 << 64) - 1, length_bits=64),
        id="most significant bit set",
    ),
    pytest.param(
        "827e0005", FrameHeader(0x2, 5, length_bits=16), id="over-long, 16 bits"
    ),
    pytest.param(
        "827f000000000000ffff",
        FrameHeader(0x2, 65535, length_bits=64),
        id="over-long, 64 bits",
    ),
    pytest.param("c100", FrameHeader(0x1, 0, rsv1=True), id="rsv1"),
    pytest.param("a100", FrameHeader(0x1, 0, rsv2=True), id="rsv2"),
    pytest.param("9100", FrameHeader(0x1, 0, rsv3=True), id="rsv3"),
    pytest.param("8300", FrameHeader(0x3, 0), id="reserved opcode"),
    pytest.param(
        "7fff" + 8 * "ff" + "00000000",
        FrameHeader(
            0xF,
            (1 << 64) - 1,
            fin=False,
            rsv1=True,
            rsv2=True,
            rsv3=True,
            masking_key=bytes(4),
            length_bits=64,
        ),
        id="all but FIN",
    ),
]


@pytest.mark.parametrize(("data", "header"), HEADERS)
def test_header(data, header):
    """Every header that bits can spell is parsed and serialized as it is spelled."""
    data = bytes.fromhex(data)

    assert parse_header(data) == header
    assert serialize_header(header) == data
    assert header.size == len(data)
    assert header.masked is (header.masking_key is not None)


@pytest.mark.parametrize(("data", "header"), HEADERS)
def test_header_in_a_stream(data, header):
    """A header is parsed where it begins, once it is whole, whatever follows."""
    data = bytes.fromhex(data)

    for pieces in feeding_ways(data, b"\xff\x00").values():
        stream = b""
        for piece in pieces:
            stream += piece
            expected = header if len(stream) >= len(data) else None

            assert parse_header(stream) == expected
            assert parse_header(b"\x81\xfe" + stream, 2) == expected


@given(st.binary(max_size=20))
def test_parsing_loses_no_bit(data):
    """What is parsed from any bytes at all serializes to the same bytes."""
    header = parse_header(data)

    if header is None:
        assert len(data) < 14
    else:
        assert serialize_header(header) == data[: header.size]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        pytest.param(
            FrameHeader(0x2, 126), "payload length 126 doesn't fit 7 bits", id="7 bits"
        ),
        pytest.param(
            FrameHeader(0x2, 127),
            "payload length 127 doesn't fit 7 bits",
            id="7 bits, last mark",
        ),
        pytest.param(
            FrameHeader(0x2, 128),
            "payload length 128 doesn't fit 7 bits",
            id="7 bits, MASK bit",
        ),
        pytest.param(
            FrameHeader(0x2, 65536, length_bits=16),
            "payload length 65536 doesn't fit 16 bits",
            id="16 bits",
        ),
        pytest.param(
            FrameHeader(0x2, 1 << 64, length_bits=64),
            "payload length 18446744073709551616 doesn't fit 64 bits",
            id="64 bits",
        ),
    ],
)
def test_serialize_header_refuses(header, problem):
    """A length that its spelling cannot hold is not serialized as another one."""
    with pytest.raises(ValueError) as caught:
        serialize_header(header)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        pytest.param(
            serialize_frame(0x1, b"Hello"), "8105 48656c6c6f", id="unmasked text"
        ),
        pytest.param(
            serialize_frame(0x1, b"Hello", masking_key=KEY),
            "8185 37fa213d 7f9f4d5158",
            id="masked text",
        ),
        pytest.param(
            serialize_frame(0x1, b"Hel", fin=False), "0103 48656c", id="first fragment"
        ),
        pytest.param(serialize_frame(0x0, b"lo"), "8002 6c6f", id="last fragment"),
        pytest.param(serialize_frame(0x9, b"Hello"), "8905 48656c6c6f", id="ping"),
        pytest.param(
            serialize_frame(0xA, b"Hello", masking_key=KEY),
            "8a85 37fa213d 7f9f4d5158",
            id="masked pong",
        ),
        pytest.param(
            serialize_frame(0x2, bytes(256)), "827e0100" + 256 * "00", id="256 bytes"
        ),
        pytest.param(
            serialize_frame(0x2, bytes(65536)),
            "827f0000000000010000" + 65536 * "00",
            id="64 KiB",
        ),
        pytest.param(
            serialize_frame(0x1, bytes.fromhex("f248cdc9c90700"), rsv1=True),
            "c107 f248cdc9c90700",
            id="compressed",
        ),
        pytest.param(
            serialize_frame(0x8, b"", masking_key=KEY), "8880 37fa213d", id="empty"
        ),
        pytest.param(
            serialize_frame(0x2, b"ab", masking_key=KEY, mask=lambda p, k: p + k[:0]),
            "8282 37fa213d 6162",
            id="masked by the function given",
        ),
    ],
)
def test_serialize_frame(frame, data):
    """The examples of RFC 6455, 5.7, and RFC 7692, 7.2.3.1, byte for byte."""
    assert frame == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("payload_length", "length_bits"),
    [
        (0, 7),
        (125, 7),
        (126, 16),
        (65535, 16),
        (65536, 64),
        ((1 << 63) - 1, 64),
    ],
)
def test_shortest_length_bits(payload_length, length_bits):
    """Each payload length has exactly one valid spelling."""
    assert shortest_length_bits(payload_length) == length_bits


@pytest.mark.parametrize(
    ("header", "violations"),
    [
        *(
            pytest.param(FrameHeader(opcode, 125), [], id=f"opcode 0x{opcode:x}")
            for opcode in (0x0, 0x1, 0x2, 0x8, 0x9, 0xA)
        ),
        *(
            pytest.param(
                FrameHeader(opcode, 0),
                [reserved_opcode(opcode)],
                id=f"opcode 0x{opcode:x}",
            )
            for opcode in (0x3, 0x7, 0xB, 0xF)
        ),
        pytest.param(
            FrameHeader(0x1, 0, rsv1=True), [rsv_not_negotiated("RSV1")], id="rsv1"
        ),
        pytest.param(
            FrameHeader(0x0, 0, rsv1=True),
            [rsv_not_negotiated("RSV1")],
            id="rsv1 on a continuation",
        ),
        pytest.param(
            FrameHeader(0x9, 0, rsv1=True),
            [rsv_not_negotiated("RSV1")],
            id="rsv1 on a ping",
        ),
        pytest.param(
            FrameHeader(0x1, 0, rsv2=True), [rsv_not_negotiated("RSV2")], id="rsv2"
        ),
        pytest.param(
            FrameHeader(0x1, 0, rsv3=True), [rsv_not_negotiated("RSV3")], id="rsv3"
        ),
        pytest.param(
            FrameHeader(0x1, 0, rsv1=True, rsv2=True, rsv3=True),
            [rsv_not_negotiated("RSV1 and RSV2 and RSV3")],
            id="all reserved bits",
        ),
        pytest.param(FrameHeader(0x1, 0, fin=False), [], id="fragmented text"),
        pytest.param(
            FrameHeader(0x9, 0, fin=False),
            [control_fragmented(0x9)],
            id="fragmented ping",
        ),
        pytest.param(
            FrameHeader(0xB, 0, fin=False),
            [reserved_opcode(0xB), control_fragmented(0xB)],
            id="fragmented reserved control frame",
        ),
        pytest.param(
            FrameHeader(0xA, 126, length_bits=16),
            [control_too_long(0xA, 126)],
            id="long pong",
        ),
        pytest.param(
            FrameHeader(0x2, 126, length_bits=16), [], id="shortest of 16 bits"
        ),
        pytest.param(
            FrameHeader(0x2, 125, length_bits=16),
            [length_not_minimal(125, 16)],
            id="over-long, 16 bits",
        ),
        pytest.param(
            FrameHeader(0x2, 65536, length_bits=64), [], id="shortest of 64 bits"
        ),
        pytest.param(
            FrameHeader(0x2, 65535, length_bits=64),
            [length_not_minimal(65535, 64)],
            id="over-long, 64 bits",
        ),
        pytest.param(
            FrameHeader(0x9, 5, length_bits=64),
            [length_not_minimal(5, 64)],
            id="over-long, control frame",
        ),
        pytest.param(
            FrameHeader(0x2, (1 << 63) - 1, length_bits=64), [], id="longest length"
        ),
        pytest.param(
            FrameHeader(0x2, 1 << 63, length_bits=64),
            [length_out_of_range(1 << 63)],
            id="length out of range",
        ),
        pytest.param(
            FrameHeader(
                0x8, 1 << 63, fin=False, rsv2=True, masking_key=KEY, length_bits=64
            ),
            [
                rsv_not_negotiated("RSV2"),
                control_fragmented(0x8),
                control_too_long(0x8, 1 << 63),
                length_out_of_range(1 << 63),
                mask_unexpected(),
            ],
            id="many at once",
        ),
    ],
)
def test_violations_without_compression(header, violations):
    """A header from a server names each rule that it breaks, in a fixed order."""
    assert find_header_violations(header, masked=False, compression=False) == violations


@pytest.mark.parametrize(
    ("header", "violations"),
    [
        pytest.param(FrameHeader(0x1, 0, rsv1=True), [], id="compressed text"),
        pytest.param(FrameHeader(0x2, 0, rsv1=True), [], id="compressed binary"),
        pytest.param(
            FrameHeader(0x8, 0, rsv1=True), [compressed_control(0x8)], id="close"
        ),
        pytest.param(
            FrameHeader(0x3, 0, rsv1=True), [reserved_opcode(0x3)], id="reserved"
        ),
        pytest.param(
            FrameHeader(0x1, 0, rsv1=True, rsv2=True),
            [rsv_not_negotiated("RSV2")],
            id="rsv2 besides",
        ),
        # What the bit means there depends on the message, not on the header alone.
        pytest.param(FrameHeader(0x0, 0, rsv1=True), [], id="continuation"),
    ],
)
def test_violations_with_compression(header, violations):
    """With permessage-deflate RSV1 has a meaning, but not on control frames."""
    assert find_header_violations(header, masked=False, compression=True) == violations


@pytest.mark.parametrize(
    ("masked", "masking_key", "violations"),
    [
        pytest.param(True, KEY, [], id="client, masked"),
        pytest.param(True, None, [mask_missing()], id="client, not masked"),
        pytest.param(False, KEY, [mask_unexpected()], id="server, masked"),
        pytest.param(False, None, [], id="server, not masked"),
        pytest.param(None, KEY, [], id="unknown, masked"),
        pytest.param(None, None, [], id="unknown, not masked"),
    ],
)
def test_masking_violations(masked, masking_key, violations):
    """5.1: a client masks, a server doesn't."""
    header = FrameHeader(0x1, 5, masking_key=masking_key)

    assert (
        find_header_violations(header, masked=masked, compression=False) == violations
    )
