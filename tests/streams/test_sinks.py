"""Writing to each kind of descriptor without blocking."""

from __future__ import annotations

import errno
import fcntl
import os
import select

import pytest

from wstool.streams.sinks import (
    FileSink,
    PoliteSink,
    ReopenedSink,
    SocketSink,
    open_sink,
)


def write_until_full(sink):
    """Write until nothing fits; return how much did."""
    total = 0
    try:
        while True:
            total += sink.write(memoryview(b"x" * 100_000))
    except BlockingIOError:
        return total


@pytest.mark.parametrize(
    ("kind", "sink_class", "has_reader"),
    [
        pytest.param("pipe", ReopenedSink, True, id="pipe"),
        pytest.param("socket", SocketSink, True, id="socket"),
        pytest.param("terminal-output", ReopenedSink, False, id="terminal"),
        pytest.param("terminal-input", PoliteSink, False, id="terminal-master"),
    ],
)
def test_stream(make_ends, kind, sink_class, has_reader):
    """A stream takes what fits, then says so; its flags stay and it stays open."""
    peer, target = make_ends(kind)
    flags = fcntl.fcntl(target, fcntl.F_GETFL)

    sink = open_sink(target)

    assert type(sink) is sink_class
    assert sink.has_reader is has_reader
    # A terminal that can't be opened again promises no more than a byte.
    taken = 1 if sink_class is PoliteSink else 3
    assert sink.write(memoryview(b"abc")) == taken
    assert os.read(peer, 10) == b"abc"[:taken]
    assert write_until_full(sink) > 0
    assert sink.is_abandoned() is False
    assert fcntl.fcntl(target, fcntl.F_GETFL) == flags
    sink.close()
    os.fstat(target)


def test_pipe_is_enlarged(make_ends):
    """A pipe is made to hold more."""
    _, target = make_ends("pipe")
    before = fcntl.fcntl(target, fcntl.F_GETPIPE_SZ)

    open_sink(target).close()

    assert fcntl.fcntl(target, fcntl.F_GETPIPE_SZ) > before


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_is_abandoned(make_ends, kind):
    """A stream whose other end is closed is abandoned, and writing to it fails."""
    peer, target = make_ends(kind)
    sink = open_sink(target)
    os.close(peer)

    assert sink.is_abandoned() is True
    with pytest.raises(BrokenPipeError):
        sink.write(memoryview(b"x"))
    sink.close()


@pytest.mark.parametrize("sink_class", [PoliteSink, ReopenedSink])
def test_closing_leaves_no_descriptor(make_ends, sink_class):
    """What a sink has opened, it closes."""
    before = len(os.listdir("/proc/self/fd"))
    ends = make_ends("pipe" if sink_class is ReopenedSink else "terminal-input")
    sink = open_sink(ends[1])
    assert type(sink) is sink_class
    sink.close()
    assert len(os.listdir("/proc/self/fd")) == before + 2


def test_polite_pipe(make_ends):
    """A blocking pipe gets at most PIPE_BUF bytes at a time, and only what fits."""
    peer, target = make_ends("pipe")
    sink = PoliteSink(target, has_reader=True)

    assert sink.write(memoryview(b"x" * 100_000)) == select.PIPE_BUF
    total = select.PIPE_BUF + write_until_full(sink)
    assert total == fcntl.fcntl(target, fcntl.F_GETPIPE_SZ)
    assert os.get_blocking(target) is True

    # Less than a page was taken out: one byte more could block for ever.
    os.read(peer, 1)
    with pytest.raises(BlockingIOError):
        sink.write(memoryview(b"x"))
    os.read(peer, select.PIPE_BUF - 1)
    assert sink.write(memoryview(b"x" * 100_000)) == select.PIPE_BUF


def test_file_keeps_its_place(open_path, tmp_path):
    """A file is written at the place that is shared with others."""
    target = open_path(tmp_path / "file", os.O_RDWR)
    os.write(target, b"ab")

    sink = open_sink(target)

    assert type(sink) is FileSink
    assert sink.write(memoryview(b"cd")) == 2
    os.write(target, b"ef")
    sink.close()
    assert (tmp_path / "file").read_bytes() == b"abcdef"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        pytest.param("/dev/null", None, id="null"),
        pytest.param("/dev/full", 28, id="full"),
    ],
)
def test_device(open_path, path, error):
    """A device takes data at once or refuses it."""
    sink = open_sink(open_path(path, os.O_WRONLY))

    assert type(sink) is FileSink
    assert sink.has_reader is False
    if error is None:
        assert sink.write(memoryview(b"x" * 100_000)) == 100_000
    else:
        with pytest.raises(OSError) as caught:
            sink.write(memoryview(b"x"))
        assert caught.value.errno == error


@pytest.mark.parametrize("problem", ["closed", "reading-end"])
def test_not_open_for_writing(make_ends, problem):
    """There is no sink for what isn't open, or is open for reading only."""
    peer, target = make_ends("pipe")
    if problem == "closed":
        os.close(target)

    with pytest.raises(OSError) as caught:
        open_sink(target if problem == "closed" else peer)

    assert caught.value.errno == errno.EBADF
