"""What the tests of captures share."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["whole", "byte by byte"])
def feed_all(request):
    """Feed data to a reader, whole or byte by byte; give the packets."""

    def feed(reader, data):
        step = len(data) if request.param == "whole" else 1
        pieces = [
            data[start : start + step] for start in range(0, len(data), step or 1)
        ]
        return [packet for piece in pieces for packet in reader.feed(piece)]

    return feed
