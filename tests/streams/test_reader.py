"""Standard input on an event loop."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import itertools
import os

import pytest

from wstool.streams.reader import InputReader


class Recorder:
    """An InputReader and what it said."""

    def __init__(self, descriptor, *, chunk_size=4096, on_chunk=lambda: None):
        self.said = []
        self.over = asyncio.Event()
        self.on_chunk = on_chunk
        self.reader = InputReader(
            asyncio.get_running_loop(),
            descriptor,
            received=self.received,
            ended=self.ended,
            failed=self.failed,
            chunk_size=chunk_size,
        )

    def received(self, chunk):
        """Note a chunk."""
        self.said.append(chunk)
        self.on_chunk()

    def ended(self):
        """Note the end."""
        self.said.append("ended")
        self.over.set()

    def failed(self, error):
        """Note a failure."""
        self.said.append(errno.errorcode[error.errno])
        self.over.set()

    async def wait(self):
        """Wait for the end or a failure."""
        async with asyncio.timeout(10):
            await self.over.wait()


async def turn_loop(turns=20):
    """Give the loop time for what is ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.fixture(name="text_file")
def make_text_file(tmp_path, open_path):
    """Make a regular file that holds abcdefgh."""
    path = tmp_path / "text"
    path.write_bytes(b"abcdefgh")
    return open_path(path, os.O_RDONLY)


@pytest.mark.parametrize(
    "kind", ["pipe", "socket", "terminal-input", "terminal-output"]
)
def test_read_until_end(make_ends, kind):
    """Data comes, then the end; the flags stay and the descriptor stays open."""
    source, peer = make_ends(kind)
    flags = fcntl.fcntl(source, fcntl.F_GETFL)

    async def run():
        recorder = Recorder(source)
        recorder.on_chunk = lambda: os.close(peer)
        recorder.reader.start()
        os.write(peer, b"a\nb")
        await recorder.wait()
        assert fcntl.fcntl(source, fcntl.F_GETFL) == flags
        return recorder.said

    assert asyncio.run(run()) == [b"a\nb", "ended"]
    os.fstat(source)


def test_read_file(text_file):
    """A regular file is read in bounded chunks to its end."""

    async def run():
        recorder = Recorder(text_file, chunk_size=3)
        recorder.reader.start()
        await recorder.wait()
        return recorder.said

    assert asyncio.run(run()) == [b"abc", b"def", b"gh", "ended"]


def test_read_null_device(open_path):
    """The null device ends at once."""
    source = open_path("/dev/null", os.O_RDONLY)

    async def run():
        recorder = Recorder(source)
        recorder.reader.start()
        await recorder.wait()
        return recorder.said

    assert asyncio.run(run()) == ["ended"]


@pytest.mark.parametrize("kind", ["pipe", "file", "device"])
def test_one_read_a_turn(make_ends, open_path, text_file, kind):
    """Others have their turn between two reads, however much there is to read."""
    source = text_file
    if kind == "pipe":
        source, peer = make_ends("pipe")
        os.write(peer, b"abcdefgh")
    elif kind == "device":
        source = open_path("/dev/zero", os.O_RDONLY)

    async def run():
        recorder = Recorder(source, chunk_size=1)
        recorder.reader.start()
        counts = []
        for _ in range(7):
            await asyncio.sleep(0)
            counts.append(len(recorder.said))
        recorder.reader.close()
        return counts

    counts = asyncio.run(run())
    assert counts[-1] > 3
    assert all(b - a <= 1 for a, b in itertools.pairwise([0, *counts]))


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_pause_and_resume(make_ends, text_file, kind):
    """Nothing comes while paused; nothing is lost by it."""
    source = text_file
    if kind == "pipe":
        source, peer = make_ends("pipe")
        os.write(peer, b"abcdefgh")
        os.close(peer)

    async def run():
        recorder = Recorder(source, chunk_size=4)
        reader = recorder.reader
        recorder.on_chunk = reader.pause
        reader.start()
        await turn_loop()
        assert recorder.said == [b"abcd"]
        reader.resume()
        reader.resume()
        await turn_loop()
        assert recorder.said == [b"abcd", b"efgh"]
        reader.resume()
        reader.pause()
        reader.pause()
        await turn_loop()
        assert recorder.said == [b"abcd", b"efgh"]
        reader.resume()
        await recorder.wait()
        return recorder.said

    assert asyncio.run(run()) == [b"abcd", b"efgh", "ended"]


def test_pause_and_resume_within_a_chunk(text_file):
    """Pausing and resuming while a chunk is taken reads on as before."""

    async def run():
        recorder = Recorder(text_file, chunk_size=4)

        def pause_and_resume():
            recorder.reader.pause()
            recorder.reader.resume()

        recorder.on_chunk = pause_and_resume
        recorder.reader.start()
        await recorder.wait()
        return recorder.said

    assert asyncio.run(run()) == [b"abcd", b"efgh", "ended"]


@pytest.mark.parametrize("kind", ["pipe", "file"])
@pytest.mark.parametrize("when", ["at-once", "in-chunk"])
def test_close(make_ends, text_file, kind, when):
    """Nothing comes after close, not even the end; resuming changes nothing."""
    source = text_file
    if kind == "pipe":
        source, peer = make_ends("pipe")
        os.write(peer, b"abcdefgh")
        os.close(peer)

    async def run():
        recorder = Recorder(source, chunk_size=4)
        recorder.on_chunk = recorder.reader.close
        recorder.reader.start()
        if when == "at-once":
            recorder.reader.close()
        await turn_loop()
        recorder.reader.resume()
        await turn_loop()
        return recorder.said

    assert asyncio.run(run()) == ([] if when == "at-once" else [b"abcd"])


def test_nothing_there_after_all(make_ends, descriptors):
    """A descriptor that is non-blocking and finds nothing to read goes on waiting."""
    source, peer = make_ends("pipe")
    os.set_blocking(source, False)
    os.write(peer, b"a")

    async def run():
        descriptors.append(os.dup(source))
        recorders = [Recorder(source), Recorder(descriptors[-1])]
        # Both wake up for the same byte, one of them finds it.
        for recorder in recorders:
            recorder.reader.start()
        await turn_loop()
        os.close(peer)
        for recorder in recorders:
            await recorder.wait()
        return {tuple(recorder.said) for recorder in recorders}

    assert asyncio.run(run()) == {("ended",), (b"a", "ended")}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        pytest.param("/", "EISDIR", id="directory"),
        pytest.param(None, "EBADF", id="closed"),
    ],
)
def test_failure(open_path, path, error):
    """What can't be read fails, once, and in a turn of the loop."""
    source = open_path(path or "/dev/null", os.O_RDONLY)

    async def run():
        if path is None:
            os.close(source)
        recorder = Recorder(source)
        recorder.reader.start()
        assert recorder.said == []
        await recorder.wait()
        await turn_loop()
        return recorder.said

    assert asyncio.run(run()) == [error]


def test_pipe_is_enlarged(make_ends):
    """A pipe is made to hold as much as an ordinary user may have."""
    source, _ = make_ends("pipe")

    async def run():
        recorder = Recorder(source)
        recorder.reader.start()
        recorder.reader.close()

    before = fcntl.fcntl(source, fcntl.F_GETPIPE_SZ)
    asyncio.run(run())

    assert before < fcntl.fcntl(source, fcntl.F_GETPIPE_SZ) <= 1 << 20
