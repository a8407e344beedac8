"""Writing several pieces at once."""

from __future__ import annotations

import pytest

from wstool.connection.joining import write_pieces


class Transport:
    """Keep what is written, and how."""

    def __init__(self):
        self.written = []

    def write(self, data):
        """Keep one piece."""
        self.written.append(data)

    def writelines(self, pieces):
        """Keep several."""
        self.written.append(pieces)


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        pytest.param([b"a", b"b"], b"ab", id="small"),
        pytest.param([b"a", bytes(65_535)], b"a" + bytes(65_535), id="limit"),
        pytest.param([b"a", bytes(65_536)], [b"a", bytes(65_536)], id="large"),
    ],
)
def test_write_pieces(pieces, written):
    """Small pieces are joined; large ones aren't copied."""
    transport = Transport()

    assert write_pieces(transport, pieces) == sum(map(len, pieces))
    assert transport.written == [written]
