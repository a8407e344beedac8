"""Messages out of fragments (RFC 6455, section 5.4; RFC 7692, section 6)."""

from __future__ import annotations

import zlib

import pytest

from wstool.wire.deflate import Inflater
from wstool.wire.frame import FrameHeader
from wstool.wire.message import MessageAssembler
from wstool.wire.opcode import Opcode
from wstool.wire.violations import (
    Violation,
    compressed_continuation,
    compressed_data_invalid,
    continuation_without_start,
    message_inside_message,
    message_too_big,
    text_invalid,
)


HELLO = bytes.fromhex("f248cdc9c90700")


def make_assembler(*, max_size=0, compression=False):
    """Make an assembler of a direction."""
    inflater = Inflater(window_bits=15, context_takeover=False)
    return MessageAssembler(
        max_size=max_size, inflater=inflater if compression else None
    )


def take(assembler, header, *pieces):
    """Take a frame in pieces; give the message, the violation or None."""
    violation = assembler.start_frame(header)
    for piece in pieces:
        violation = violation or assembler.feed(piece)
    return violation or assembler.end_frame(fin=header.fin)


def fragment(opcode, payload, *, fin=False, rsv1=False):
    """Make a frame to take: header and payload."""
    return FrameHeader(opcode, len(payload), fin=fin, rsv1=rsv1), payload


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_fragments_make_a_message(opcode):
    """A message goes from its first frame to the one with FIN, and then the next."""
    assembler = make_assembler()

    for _ in range(2):
        assert assembler.opcode is None
        assert take(assembler, *fragment(opcode, b"Hel")) is None
        assert assembler.opcode is opcode
        assert take(assembler, *fragment(0x0, b"")) is None
        assert take(assembler, *fragment(0x0, b"lo", fin=True)) == b"Hello"


@pytest.mark.parametrize("size", [2, 10_000])
def test_whole_payload_is_not_copied(size):
    """A message that came as one piece is that piece."""
    payload = bytes(size)

    message = take(make_assembler(), *fragment(0x2, payload, fin=True))

    assert message is payload


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([], id="no piece"),
        pytest.param([0, 0], id="empty pieces"),
        pytest.param([1, 1, 1], id="small pieces"),
        pytest.param([4095, 4096, 4097], id="around small"),
        pytest.param([4096, 4096], id="large pieces"),
        pytest.param([1, 4096, 1, 4096, 1], id="small between large"),
        pytest.param([1000] * 200, id="more small pieces than are kept as one"),
        pytest.param([0, 5000, 0, 1], id="empty between"),
    ],
)
def test_pieces_are_put_together(sizes):
    """Payloads come back whole and in order, whatever the sizes of their pieces."""
    pieces = [bytes([65 + index % 26]) * size for index, size in enumerate(sizes)]
    payload = b"".join(pieces)
    assembler = make_assembler()

    for _ in range(2):
        assert take(assembler, FrameHeader(0x1, len(payload)), *pieces) == payload


@pytest.mark.parametrize(
    ("frames", "outcome"),
    [
        pytest.param(
            [fragment(0x0, b"x", fin=True)],
            continuation_without_start(),
            id="continuation without a start",
        ),
        pytest.param(
            [fragment(0x1, b"x", fin=True), fragment(0x0, b"x", fin=True)],
            continuation_without_start(),
            id="continuation after the end",
        ),
        pytest.param(
            [fragment(0x1, b"x"), fragment(0x2, b"x")],
            message_inside_message(0x2),
            id="message inside a message",
        ),
        pytest.param(
            [fragment(0x1, b"x"), fragment(0x0, b"x", rsv1=True)],
            compressed_continuation(),
            id="compressed continuation",
        ),
        pytest.param(
            [fragment(0x1, HELLO[:3], rsv1=True), fragment(0x0, HELLO[3:], rsv1=True)],
            compressed_continuation(),
            id="compressed continuation of a compressed message",
        ),
        pytest.param(
            [fragment(0x1, HELLO[:3], rsv1=True), fragment(0x0, HELLO[3:], fin=True)],
            b"Hello",
            id="compressed",
        ),
        pytest.param(
            [fragment(0x1, b"a\xff", fin=True)], text_invalid(1), id="text not utf-8"
        ),
        pytest.param(
            [fragment(0x2, b"a\xff", fin=True)], b"a\xff", id="binary not utf-8"
        ),
        pytest.param(
            [fragment(0x1, b"a\xc3"), fragment(0x0, b"\xa9", fin=True)],
            "aé".encode(),
            id="character across fragments",
        ),
        pytest.param(
            [fragment(0x1, b"a\xc3"), fragment(0x0, b"", fin=True)],
            text_invalid(1),
            id="text cut off",
        ),
        pytest.param(
            [fragment(0x2, b"\x07", rsv1=True)],
            compressed_data_invalid("invalid block type"),
            id="not deflate",
        ),
        pytest.param(
            # A stored block of 5 bytes, of which there are 2.
            [fragment(0x1, bytes.fromhex("000500faff c3c3"), rsv1=True)],
            text_invalid(0),
            id="compressed text not utf-8",
        ),
        pytest.param(
            # A stored block of "é" less its end, and the empty block of the end.
            [fragment(0x1, bytes.fromhex("000100feff c3 00"), rsv1=True, fin=True)],
            text_invalid(0),
            id="compressed text cut off",
        ),
        pytest.param(
            # A stored block of ff, and a block of no type.
            [fragment(0x1, bytes.fromhex("000100feff ff 07"), rsv1=True)],
            text_invalid(0),
            id="text not utf-8 before not deflate",
        ),
        pytest.param(
            # A stored block of the first half of "é", and a block of no type.
            [fragment(0x1, bytes.fromhex("000100feff c3 07"), rsv1=True)],
            compressed_data_invalid("invalid block type"),
            id="text cut off by not deflate",
        ),
    ],
)
def test_sequences(frames, outcome):
    """Frames that go together make a message; the last one here breaks or ends it."""
    assembler = make_assembler(compression=True)

    outcomes = [take(assembler, *frame) for frame in frames]

    assert outcomes[-1] == outcome
    assert not any(isinstance(earlier, Violation) for earlier in outcomes[:-1])


def test_rsv1_without_compression():
    """The bit of which the negotiation knows nothing compresses nothing."""
    frame = fragment(0x2, b"\x07", fin=True, rsv1=True)

    assert take(make_assembler(), *frame) == b"\x07"


@pytest.mark.parametrize(
    ("frames", "outcome"),
    [
        pytest.param(
            [fragment(0x1, 5 * b"x", fin=True)], 5 * b"x", id="just the limit"
        ),
        pytest.param([fragment(0x1, 6 * b"x")], message_too_big(6, 5), id="over it"),
        pytest.param(
            [fragment(0x1, 3 * b"x"), fragment(0x0, 2 * b"x", fin=True)],
            5 * b"x",
            id="just the limit, fragmented",
        ),
        pytest.param(
            [fragment(0x1, 3 * b"x"), fragment(0x0, 3 * b"x")],
            message_too_big(6, 5),
            id="over it, fragmented",
        ),
        pytest.param(
            [fragment(0x1, HELLO, rsv1=True, fin=True)],
            b"Hello",
            id="just the limit, compressed",
        ),
        pytest.param(
            [fragment(0x2, zlib.compress(bytes(6), wbits=-15), rsv1=True)],
            message_too_big(None, 5),
            id="over it, compressed",
        ),
        pytest.param(
            [
                fragment(0x2, zlib.compress(bytes(3), wbits=-15), rsv1=True),
                fragment(0x0, zlib.compress(bytes(3), wbits=-15)),
            ],
            message_too_big(None, 5),
            id="over it, compressed and fragmented",
        ),
        pytest.param(
            [fragment(0x1, zlib.compress(b"1234\xff6", wbits=-15), rsv1=True)],
            text_invalid(4),
            id="not utf-8 before the limit",
        ),
        pytest.param(
            [fragment(0x1, zlib.compress(b"12345\xff", wbits=-15), rsv1=True)],
            message_too_big(None, 5),
            id="not utf-8 behind the limit",
        ),
        pytest.param(
            [fragment(0x1, zlib.compress("1234é".encode(), wbits=-15), rsv1=True)],
            message_too_big(None, 5),
            id="character across the limit",
        ),
    ],
)
def test_limit(frames, outcome):
    """A message can be as large as the limit, and not one byte larger."""
    assembler = make_assembler(max_size=5, compression=True)

    outcomes = [take(assembler, *frame) for frame in frames]

    assert outcomes[-1] == outcome


def test_too_big_is_told_at_the_header():
    """A frame that is too big is refused before its payload."""
    assembler = make_assembler(max_size=1 << 26)
    header = FrameHeader(0x2, 1 << 30, length_bits=64)

    assert assembler.start_frame(header) == message_too_big(1 << 30, 1 << 26)


def test_next_message_has_the_limit_to_itself():
    """The size of one message doesn't count for the next."""
    assembler = make_assembler(max_size=5)

    for _ in range(3):
        assert take(assembler, *fragment(0x1, b"x" * 5, fin=True)) == b"x" * 5


def test_reset():
    """A message in progress can be dropped."""
    assembler = make_assembler()
    take(assembler, *fragment(0x1, b"a\xc3"))
    take(assembler, *fragment(0x0, b"\xa9b"))

    assembler.reset()

    assert assembler.opcode is None
    assert take(assembler, *fragment(0x1, b"new", fin=True)) == b"new"
