"""Files that are read whole, and how long that may take."""

from __future__ import annotations

import os
import threading

import pytest

from wstool.errors import TimedOut
from wstool.files import is_pipe, read_file


@pytest.fixture(name="pipe")
def make_pipe(tmp_path):
    """Make a named pipe."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


@pytest.mark.parametrize("size", [0, 3, 5, 6])
def test_regular_file(tmp_path, size):
    """A file is read up to a size."""
    path = tmp_path / "file"
    path.write_bytes(b"bytes")

    assert read_file(str(path), size) == b"bytes"[:size]
    assert not is_pipe(str(path))


def test_large_file(tmp_path):
    """A file of any size comes whole."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 5_000_001)

    assert len(read_file(str(path), 1 << 30)) == 5_000_001


def test_pipe_with_a_slow_writer(pipe):
    """A named pipe is read from when its writer comes, until it leaves."""

    def write():
        with open(pipe, "wb", buffering=0) as writer:
            for _ in range(3):
                writer.write(b"x" * 100_000)

    thread = threading.Thread(target=write)
    thread.start()
    assert read_file(pipe, 1 << 20, seconds=30) == b"x" * 300_000
    thread.join()
    assert is_pipe(pipe)


def test_pipe_of_a_shell():
    """An open pipe, by its name among the descriptors, is read to its end."""
    ours, theirs = os.pipe()
    os.write(theirs, b"output")
    os.close(theirs)
    assert read_file(f"/dev/fd/{ours}", 100) == b"output"
    assert is_pipe(f"/dev/fd/{ours}")
    os.close(ours)


@pytest.mark.parametrize("written", [b"", b"some"])
def test_pipe_that_does_not_end(pipe, written):
    """Nobody writing to a pipe, or not to its end, is waited for within a limit."""
    writer = os.open(pipe, os.O_RDWR) if written else None
    if writer is not None:
        os.write(writer, written)
    with pytest.raises(TimedOut) as caught:
        read_file(pipe, 100, seconds=0.05, limit="--limit")
    if writer is not None:
        os.close(writer)

    assert str(caught.value) == f"timed out reading {pipe} (--limit 0.05 s)"


def test_device():
    """A device without end is read up to the size."""
    assert read_file("/dev/zero", 5) == bytes(5)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/nowhere", FileNotFoundError),
        ("/dev", IsADirectoryError),
        ("a\0b", ValueError),
    ],
)
def test_failures(path, error):
    """What can't be read says so."""
    with pytest.raises(error):
        read_file(path, 5)
    assert not is_pipe(path)
