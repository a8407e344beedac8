"""How much memory a dissector takes for frames in pieces."""

from __future__ import annotations

import zlib

import pytest

from wstool.connection.masking import bulk_mask
from wstool.wire.dissector import Dissector
from wstool.wire.frame import FrameHeader, serialize_header

from support.dissecting import new_inflater
from support.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame
from support.memory import measure


SIZE = 1 << 17


@pytest.mark.parametrize("size", [1, 100, 5000])
@pytest.mark.parametrize("key", [None, b"abcd"])
def test_pieces_of_a_large_frame(key, size):
    """A frame in pieces, however small, takes a few times its bytes at most."""
    payload = bytes(range(256)) * (SIZE // 256)
    data = frame(BINARY, payload, masking_key=key) + frame(
        BINARY, b"next", masking_key=key
    )
    dissector = Dissector(masked=key is not None)

    def feed(data):
        found = []
        for start in range(0, len(data), size):
            found += dissector.feed(data[start : start + size])
        return found

    found, peak = measure(feed, data)

    assert [item.payload for item in found] == [payload, b"next"]
    assert [item.offset for item in found] == [0, len(data) - found[1].size]
    assert dissector.finish() is None
    assert peak < 8 * SIZE


CHUNK = bytes(1 << 18)


@pytest.mark.parametrize("key", [None, b"abcd"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
def test_huge_frame(opcode, key):
    """A frame of any size passes in the memory of what is kept of it."""
    size = 1 << 33
    header = FrameHeader(opcode, size, masking_key=key, length_bits=64)
    dissector = Dissector(masked=key is not None, max_kept=4096, mask=bulk_mask())

    def feed(head):
        found = dissector.feed(head)
        for _ in range(100):
            found += dissector.feed(CHUNK)
        return found, dissector.finish()

    (found, leftover), peak = measure(feed, serialize_header(header))

    assert found == []
    assert leftover.size == header.size + 100 * len(CHUNK)
    assert leftover.frame.received == 100 * len(CHUNK)
    assert leftover.data == serialize_header(header) + leftover.frame.raw_payload
    assert len(leftover.frame.payload) == 4096
    assert peak < 8 * len(CHUNK)


def test_bomb():
    """What a small payload inflates to is counted, not held."""
    size = 64 << 20
    compressor = zlib.compressobj(wbits=-15)
    data = compressor.compress(bytes(size)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    dissector = Dissector(max_kept=4096, new_inflater=new_inflater)

    (found,), peak = measure(dissector.feed, frame(BINARY, data[:-4], rsv=0b100))

    assert found.inflated == (bytes(4096), size)
    assert peak < size // 4


def test_endless_fragments():
    """A message of any number of fragments takes the memory of what is kept of it."""
    dissector = Dissector(max_kept=4096)
    fragment = frame(CONTINUATION, bytes(1000), fin=False)

    def feed(count):
        dissector.feed(frame(BINARY, fin=False))
        for _ in range(count):
            dissector.feed(fragment)
        return dissector.feed(frame(CONTINUATION))

    (found,), peak = measure(feed, 5000)

    assert found.message == (bytes(4096), 5_000_000)
    assert peak < 1 << 18
