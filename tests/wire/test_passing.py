"""A frame whose payload passes in pieces."""

from __future__ import annotations

import zlib

import pytest

from wstool.wire.close import Close
from wstool.wire.frame import FrameHeader
from wstool.wire.masking import xor_mask
from wstool.wire.passing import PassingFrame
from wstool.wire.tracker import Content, MessageTracker
from wstool.wire.violations import (
    close_code_reserved,
    close_reason_invalid,
    text_invalid,
)

from support.dissecting import KEY, new_inflater
from support.frames import BINARY, CLOSE, TEXT


SIZES = [1, 3, 4095, 4096, 5000, 1 << 14, 1 << 20]
"""Sizes of pieces that wait for one another, and of others."""


def pass_on(
    opcode, payload, size, *, key=None, rsv1=False, mask=xor_mask, max_kept=200
):
    """Let a payload pass in pieces of a size; give what is known of the frame."""
    header = FrameHeader(
        opcode, len(payload), rsv1=rsv1, masking_key=key, length_bits=64
    )
    tracker = MessageTracker(
        new_inflater=new_inflater, assume_compression=False, max_kept=max_kept
    )
    frame = PassingFrame(0, header, tracker=tracker, mask=mask, max_kept=max_kept)
    data = payload if key is None else xor_mask(payload, key)
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        assert frame.feed(piece) == len(piece)
    assert frame.missing == 0
    return frame.end()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_beginning_is_kept(opcode, key, size):
    """The beginning of a payload is kept, unmasked, and the rest is counted."""
    payload = bytes(range(128)) * 300

    passed = pass_on(opcode, payload, size, key=key)

    assert (passed.payload, passed.unkept) == (payload[:200], len(payload) - 200)
    assert passed.tracked.message == Content(payload[:200], len(payload))
    assert passed.tracked.violations == ()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [None, KEY])
def test_text_in_the_rest(key, size):
    """Text is checked far behind what is kept of it."""
    payload = "é€".encode() * 5000 + b"\xff" + b"x" * 20_000

    passed = pass_on(TEXT, payload, size, key=key)

    assert passed.tracked.violations == (text_invalid(25_000),)


@pytest.mark.parametrize("size", SIZES)
def test_compressed_rest(size):
    """What is compressed is inflated and counted to the end."""
    compressor = zlib.compressobj(wbits=-15)
    text = b"".join(b"%d " % number for number in range(50_000))
    data = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)

    passed = pass_on(TEXT, data[:-4], size, rsv1=True, key=KEY)

    assert passed.unkept == len(data) - 4 - 200
    assert passed.tracked.inflated == Content(text[:200], len(text))
    assert passed.tracked.message == passed.tracked.inflated


@pytest.mark.parametrize("size", SIZES)
def test_compressed_rest_that_is_invalid(size):
    """Data that can't be inflated are found far behind what is kept of them."""
    compressor = zlib.compressobj(wbits=-15)
    text = b"".join(b"%d " % number for number in range(50_000))
    data = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)

    passed = pass_on(TEXT, data + b"\xff" * 9, size, rsv1=True)

    assert [found.rule for found in passed.tracked.violations] == [
        "compressed_data_invalid"
    ]
    assert passed.tracked.inflated == Content(text[:200], len(text))
    assert passed.tracked.message is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("payload", "violation"),
    [
        (b"\x03\xe8" + "é".encode() * 5000, None),
        (b"\x03\xe8" + b"x" * 5000 + b"\xc3", close_reason_invalid(5000)),
        (b"\x03\xe8" + b"x" * 5000 + b"\xff\xff", close_reason_invalid(5000)),
        (b"\x03\xed" + b"\xff" * 5000, close_code_reserved(1005)),
    ],
)
def test_long_close_reason(payload, violation, size):
    """The reason of a close frame is checked to its end, however long it is."""
    passed = pass_on(CLOSE, payload, size, key=KEY)

    assert passed.violation == violation
    assert passed.close == Close(
        int.from_bytes(payload[:2], "big"),
        payload[2:200].decode(errors="backslashreplace"),
    )


def test_what_nobody_looks_at():
    """Binary data that isn't kept isn't even unmasked."""
    sizes = []

    def mask(data, key):
        sizes.append(len(data))
        return xor_mask(data, key)

    pass_on(BINARY, bytes(1 << 20), 1 << 16, key=KEY, mask=mask)

    assert sizes == [200]


def test_cut_off():
    """A close frame that is cut off says nothing, and nothing is held against it."""
    header = FrameHeader(CLOSE, 5)
    tracker = MessageTracker(new_inflater=None, assume_compression=False, max_kept=9)
    frame = PassingFrame(0, header, tracker=tracker, mask=xor_mask, max_kept=9)

    assert frame.feed(b"..\x03\xe8", start=2) == 4

    passed = frame.end()
    assert (frame.missing, passed.payload) == (3, b"\x03\xe8")
    assert (passed.close, passed.violation) == (None, None)
