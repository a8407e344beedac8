"""Standard output on an event loop."""

from __future__ import annotations

import asyncio
import fcntl
import os
import termios

import pytest

from wstool.errors import OutputFailed, OutputGone
from wstool.streams.sinks import PoliteSink, SocketSink, open_sink
from wstool.streams.writer import OutputWriter


class Recorder:
    """An OutputWriter and what it said."""

    def __init__(self, descriptor, *, high_water=1 << 16, opener=open_sink):
        self.said = []
        self.over = asyncio.Event()
        self.writer = OutputWriter(
            asyncio.get_running_loop(),
            descriptor,
            paused=lambda: self.said.append("paused"),
            resumed=lambda: self.said.append("resumed"),
            failed=self.failed,
            high_water=high_water,
            opener=opener,
        )

    def failed(self, error):
        """Note a failure."""
        self.said.append((type(error), str(error)))
        self.over.set()

    async def wait(self):
        """Wait for a failure."""
        async with asyncio.timeout(10):
            await self.over.wait()


GONE = (OutputGone, "the reader of stdout went away")


def failed(problem):
    """Say what a recorder notes for a problem."""
    return (OutputFailed, f"can't write to stdout: {problem}")


async def turn_loop(turns=20):
    """Give the loop time for what is ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def receive(descriptor, size):
    """Read this much in a loop that has other things to do."""
    data = bytearray()
    complete = asyncio.Event()

    def read():
        data.extend(os.read(descriptor, 65536))
        if len(data) >= size:
            complete.set()

    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, read)
    async with asyncio.timeout(20):
        await complete.wait()
    loop.remove_reader(descriptor)
    return bytes(data)


def open_politely(descriptor):
    """Open a pipe as if it couldn't be opened a second time."""
    return PoliteSink(descriptor, has_reader=True)


@pytest.mark.parametrize(
    ("kind", "opener"),
    [
        pytest.param("pipe", open_sink, id="pipe"),
        pytest.param("pipe", open_politely, id="pipe-politely"),
        pytest.param("socket", open_sink, id="socket"),
        pytest.param("terminal-output", open_sink, id="terminal"),
        pytest.param("terminal-input", open_sink, id="terminal-master"),
    ],
)
def test_blocked_stream(make_ends, kind, opener):
    """The loop goes on while nobody reads; then all comes, in order."""
    peer, target = make_ends(kind)
    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    modes = termios.tcgetattr(target) if kind.startswith("terminal") else None
    # The master of a terminal takes a byte at a time.
    size = 1 << 14 if kind == "terminal-input" else 1 << 18
    data = [bytes([n]) * size for n in range(12)]

    async def run():
        recorder = Recorder(target, opener=opener)
        writer = recorder.writer
        for piece in data:
            writer.write(piece)
        await turn_loop()
        assert recorder.said == ["paused"]
        assert writer.pending > 1 << 16
        flushed = writer.flushed()
        assert flushed.done() is False
        received = await receive(peer, sum(map(len, data)))
        await flushed
        assert recorder.said == ["paused", "resumed"]
        assert writer.pending == 0
        writer.write(b"end")
        assert await receive(peer, 3) == b"end"
        writer.close()
        return received

    assert asyncio.run(run()) == b"".join(data)
    assert fcntl.fcntl(target, fcntl.F_GETFL) == flags
    assert modes is None or termios.tcgetattr(target) == modes


def test_write_at_once(make_ends):
    """What fits goes out without a turn of the loop."""
    peer, target = make_ends("pipe")

    async def run():
        recorder = Recorder(target)
        recorder.writer.write(b"abc")
        assert os.read(peer, 10) == b"abc"
        recorder.writer.write(b"")
        assert recorder.writer.flushed().done() is True
        recorder.writer.close()
        return recorder.said

    assert asyncio.run(run()) == []


def test_resumed_at_a_quarter(make_ends):
    """Writing resumes when a quarter of the limit is left, and can pause again."""
    peer, target = make_ends("pipe")

    async def run():
        recorder = Recorder(target, high_water=8192, opener=open_politely)
        writer = recorder.writer
        writer.write(b"x" * 65536)
        writer.write(b"x" * 8192)
        assert (recorder.said, writer.pending) == ([], 8192)
        writer.write(b"x")
        assert (recorder.said, writer.pending) == (["paused"], 8193)
        os.read(peer, 4096)
        await turn_loop()
        assert (recorder.said, writer.pending) == (["paused"], 4097)
        os.read(peer, 4096)
        await turn_loop()
        assert (recorder.said, writer.pending) == (["paused", "resumed"], 1)
        writer.write(b"x" * 8192)
        writer.close()
        return recorder.said

    assert asyncio.run(run()) == ["paused", "resumed", "paused"]


def test_file(open_path, tmp_path):
    """A file is written at once, at the place that is shared with others."""
    target = open_path(tmp_path / "file", os.O_RDWR)

    async def run():
        recorder = Recorder(target)
        os.write(target, b"a")
        recorder.writer.write(b"b" * 3_000_000)
        assert recorder.writer.pending == 0
        recorder.writer.close()
        os.write(target, b"c")
        return recorder.said

    assert asyncio.run(run()) == []
    assert (tmp_path / "file").read_bytes() == b"a" + b"b" * 3_000_000 + b"c"


@pytest.mark.parametrize(
    ("problem", "report"),
    [
        pytest.param("full", failed("no space left on device"), id="full"),
        pytest.param("closed", failed("bad file descriptor"), id="closed"),
        pytest.param("reading", failed("bad file descriptor"), id="reading-end"),
        pytest.param("gone", GONE, id="gone"),
    ],
)
def test_failure(make_ends, open_path, problem, report):
    """A failure is reported once, in a later turn; what is written after is ignored."""
    peer, target = make_ends("pipe")
    if problem == "full":
        target = open_path("/dev/full", os.O_WRONLY)
    elif problem == "reading":
        target = peer

    async def run():
        if problem == "closed":
            os.close(target)
        recorder = Recorder(target)
        writer = recorder.writer
        if problem == "gone":
            os.close(peer)
        writer.write(b"x" * 100_000)
        writer.write(b"x" * 100_000)
        assert recorder.said == []
        assert type(writer.failure) is report[0]
        await recorder.wait()
        await turn_loop()
        writer.write(b"x")
        assert writer.pending == 0
        assert writer.flushed().done() is True
        writer.close()
        await turn_loop()
        return recorder.said

    assert asyncio.run(run()) == [report]


@pytest.mark.parametrize(
    ("kind", "opener"),
    [
        pytest.param("pipe", open_sink, id="pipe"),
        pytest.param("pipe", open_politely, id="pipe-politely"),
        pytest.param("socket", open_sink, id="socket"),
    ],
)
@pytest.mark.parametrize("size", [0, 10 << 20], ids=["idle", "blocked"])
def test_reader_goes_away(make_ends, kind, opener, size):
    """That nobody reads any more is noticed without writing, and while blocked."""
    peer, target = make_ends(kind)

    async def run():
        recorder = Recorder(target, high_water=1 << 30, opener=opener)
        recorder.writer.write(b"x" * size)
        flushed = recorder.writer.flushed()
        await turn_loop()
        assert recorder.said == []
        os.close(peer)
        await recorder.wait()
        assert flushed.done() is True
        recorder.writer.close()
        return recorder.said

    assert asyncio.run(run()) == [GONE]


def test_peer_that_talks_does_not_keep_the_loop_busy(make_ends):
    """Data that arrives on a socket wakes up the writer once, not for ever."""
    peer, target = make_ends("socket")
    checks = []

    class Sink(SocketSink):
        def is_abandoned(self):
            checks.append(super().is_abandoned())
            return checks[-1]

    async def run():
        recorder = Recorder(target, opener=Sink)
        os.write(peer, b"x")
        await turn_loop()
        recorder.writer.write(b"abc")
        recorder.writer.close()
        return recorder.said

    assert asyncio.run(run()) == []
    assert checks == [False]
    assert os.read(peer, 10) == b"abc"
    assert os.read(target, 10) == b"x"


@pytest.mark.parametrize("kind", ["pipe", "socket", "terminal-output"])
def test_close(make_ends, kind):
    """Closing forgets the queue, says nothing and leaves no descriptor open."""
    peer, target = make_ends(kind)

    async def run():
        before = len(os.listdir("/proc/self/fd"))
        recorder = Recorder(target, high_water=1 << 30)
        recorder.writer.write(b"x" * (10 << 20))
        assert recorder.writer.pending > 0
        flushed = recorder.writer.flushed()
        recorder.writer.close()
        recorder.writer.close()
        assert flushed.done() is True
        assert recorder.writer.pending == 0
        assert len(os.listdir("/proc/self/fd")) == before
        recorder.writer.write(b"x")
        os.close(peer)
        await turn_loop()
        return recorder.said

    assert asyncio.run(run()) == []
    os.fstat(target)


def test_close_before_the_report(open_path):
    """A failure that is not yet reported is not reported after close."""
    target = open_path("/dev/full", os.O_WRONLY)

    async def run():
        recorder = Recorder(target)
        recorder.writer.write(b"x")
        recorder.writer.close()
        await turn_loop()
        return recorder.said

    assert asyncio.run(run()) == []
