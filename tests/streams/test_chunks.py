"""A descriptor's bytes, in chunks."""

from __future__ import annotations

import os
import threading

from wstool.streams.chunks import read_chunks


def test_chunks(tmp_path):
    """Chunks are of the size asked for, but the last."""
    path = tmp_path / "bytes"
    path.write_bytes(b"abcde")
    with path.open("rb") as file:
        assert list(read_chunks(file.fileno(), 2)) == [b"ab", b"cd", b"e"]


def test_descriptor_that_does_not_block():
    """A descriptor that others have made non-blocking is waited for."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    chunks = read_chunks(reader)
    os.write(writer, b"a")
    first = next(chunks)
    thread = threading.Timer(0.05, lambda: (os.write(writer, b"b"), os.close(writer)))
    thread.start()

    assert [first, *chunks] == [b"a", b"b"]
    thread.join()
    os.close(reader)
