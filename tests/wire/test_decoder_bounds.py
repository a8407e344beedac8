"""What a hostile peer can make the decoder spend."""

from __future__ import annotations

import contextlib
import tracemalloc
import zlib

import pytest

from wstool.wire.decoder import Decoder
from wstool.wire.frame import FrameHeader, serialize_frame, serialize_header
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode
from wstool.wire.violations import message_too_big

from support.feeding import Recorder, decode


MIB = 1 << 20


@contextlib.contextmanager
def measure_memory():
    """Measure the peak of the memory allocated inside."""
    peak = []
    tracemalloc.start()
    try:
        yield peak
        peak.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_bomb(opcode):
    """A bomb ends at the limit, without the memory that the whole would take."""
    bomb = zlib.compress(bytes(MIB), level=9, wbits=-15)
    data = serialize_frame(opcode, bomb, rsv1=True)

    with measure_memory() as peak:
        findings = decode([data], max_size=1 << 14, compression=True)

    assert len(data) < 1100
    assert findings == [message_too_big(None, 1 << 14)]
    assert peak[0] < MIB // 4


def test_bomb_in_fragments():
    """A bomb in many fragments ends at the limit too."""
    bomb = zlib.compress(bytes(64 * MIB), level=9, wbits=-15)
    pieces = [bomb[start : start + 1000] for start in range(0, len(bomb), 1000)]
    frames = [serialize_frame(0x2, pieces[0], fin=False, rsv1=True)]
    frames += [serialize_frame(0x0, piece, fin=False) for piece in pieces[1:]]

    with measure_memory() as peak:
        findings = decode(frames, max_size=2 * MIB, compression=True)

    assert findings == [message_too_big(None, 2 * MIB)]
    assert peak[0] < 6 * MIB


@pytest.mark.parametrize("masking_key", [None, bytes(4)], ids=["unmasked", "masked"])
def test_large_header(masking_key):
    """A header that announces too much is refused, before any payload comes."""
    header = FrameHeader(0x2, 1 << 30, masking_key=masking_key, length_bits=64)
    masked = masking_key is not None

    with measure_memory() as peak:
        findings = decode([serialize_header(header)], masked=masked, max_size=64 * MIB)

    assert findings == [message_too_big(1 << 30, 64 * MIB)]
    assert peak[0] < MIB // 4


def test_large_header_without_a_limit():
    """Without a limit a header takes no memory by itself either."""
    header = serialize_header(FrameHeader(0x2, 1 << 62, length_bits=64))

    with measure_memory() as peak:
        findings = decode([header, b"some of it"])

    assert findings == []
    assert peak[0] < MIB // 4


@pytest.mark.timeout(30)
@pytest.mark.parametrize("opcode", [0x1, 0x2], ids=["text", "binary"])
def test_fragments_of_one_byte(opcode):
    """Fragments of one byte take the memory of their message, a few times over."""
    size = 40_000
    data = serialize_frame(opcode, b"x", fin=False) + (size - 1) * b"\x00\x01x"
    recorder = Recorder()
    decoder = Decoder(recorder, masked=False, max_size=size, fast=True)
    reads = [data[start : start + 4096] for start in range(0, len(data), 4096)]

    with measure_memory() as peak:
        for read in reads:
            decoder.feed(read)
        decoder.feed(b"\x80\x00")

    assert recorder.findings == [(opcode, size * b"x")]
    assert peak[0] < 4 * size


@pytest.mark.timeout(30)
def test_reads_of_one_byte():
    """A payload that comes byte by byte takes the memory of its message."""
    size = 40_000
    data = serialize_frame(0x1, bytes(size), masking_key=b"abcd")
    recorder = Recorder()
    decoder = Decoder(recorder, masked=True)

    with measure_memory() as peak:
        for octet in data:
            decoder.feed(bytes([octet]))

    assert recorder.findings == [(Opcode.TEXT, bytes(size))]
    assert peak[0] < 4 * size


def test_each_byte_is_unmasked_once():
    """However a payload is cut, unmasking it takes time linear in its size."""
    unmasked = []

    def mask(payload, masking_key):
        unmasked.append(len(payload))
        return xor_mask(payload, masking_key)

    for size in (1000, 2000):
        unmasked.clear()
        data = serialize_frame(0x2, bytes(size), masking_key=b"abcd")
        decoder = Decoder(Recorder(), masked=True, mask=mask)
        for octet in data:
            decoder.feed(bytes([octet]))

        assert sum(unmasked) == size


@pytest.mark.timeout(30)
def test_endless_empty_fragments():
    """Empty fragments without end take no memory."""
    recorder = Recorder()
    decoder = Decoder(recorder, masked=False, max_size=10)
    decoder.feed(b"\x01\x00")

    with measure_memory() as peak:
        for _ in range(40):
            decoder.feed(500 * b"\x00\x00")

    assert recorder.findings == []
    assert decoder.in_message
    assert peak[0] < MIB // 4


def test_nothing_is_kept_between_messages():
    """A large message leaves nothing behind once it is handed on."""
    recorder = Recorder()
    decoder = Decoder(recorder, masked=False)
    data = serialize_frame(0x2, bytes(MIB))

    with measure_memory():
        for start in range(0, len(data), 60_000):
            decoder.feed(data[start : start + 60_000])
        sizes = [len(payload) for _, payload in recorder.findings]
        recorder.findings.clear()
        kept, _ = tracemalloc.get_traced_memory()

    assert sizes == [MIB]
    assert kept < MIB // 4


@pytest.mark.timeout(30)
def test_paused_decoder_keeps_no_more_than_it_is_fed():
    """What waits for the end of a pause takes the memory of its bytes."""
    recorder = Recorder()
    decoder = Decoder(recorder, masked=False)
    decoder.pause()

    with measure_memory() as peak:
        for _ in range(16):
            decoder.feed(serialize_frame(0x2, bytes(MIB // 16)))

    assert recorder.findings == []
    assert peak[0] < 3 * MIB
    decoder.resume()
    assert recorder.findings == 16 * [(Opcode.BINARY, bytes(MIB // 16))]
