"""How much memory a dissector takes for frames in pieces."""

from __future__ import annotations

import pytest

from wstool.wire.dissector import Dissector

from support.frames import BINARY, frame
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
