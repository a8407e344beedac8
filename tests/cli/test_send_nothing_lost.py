"""Whatever the amount and the peer: all messages arrive, or the count is told."""

from __future__ import annotations

import os
import re
import time

import pytest

from support.command import Outcome, run, serving, start
from support.frames import TEXT, close_frame, decode_frames
from support.misbehaving import (
    Peer,
    accept,
    await_end,
    await_frames,
    close,
    mark,
    meet,
    reset,
)


CLOSE_FRAME = decode_frames(close_frame(1000))[0][0]
# A close frame of 2 bytes, masked.
CLOSE_HEAD = b"\x88\x82"
FINAL_TEXT = 0x80 | TEXT
CLOSED = "wstool: the peer closed the connection: 1000 (normal closure)\n"
MAX_MEMORY = 100 << 20


def collect(stream):
    """Take all frames to the end of the stream; the last one is the close frame."""
    received = bytearray()
    while data := stream.receive(1 << 20):
        received += data
        if received[-8:-6] == CLOSE_HEAD:
            stream.socket.sendall(close_frame(1000))
            break
    frames, rest = decode_frames(bytes(received))
    assert rest == b""
    stream.peer.frames += frames


def send_to_collector(*arguments, **options):
    """Send to a peer that collects all; give the outcome and the messages."""
    with Peer(accept(), collect) as peer:
        outcome = run("send", peer.url, "--linger", "0", *arguments, **options)
    *messages, last = peer.frames
    assert last == CLOSE_FRAME
    assert {first for first, _ in messages} <= {FINAL_TEXT}
    return outcome, [payload for _, payload in messages]


@pytest.fixture(name="lines", scope="module")
def make_lines():
    """Make 300,000 lines of 98 bytes, all different."""
    return [b"%098d" % number for number in range(300_000)]


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_many_lines(tmp_path, lines, kind):
    """300,000 lines arrive, all of them, in order, byte for byte."""
    data = b"\n".join([*lines, b""])
    if kind == "pipe":
        outcome, messages = send_to_collector(stdin=data)
    else:
        path = tmp_path / "lines"
        path.write_bytes(data)
        with path.open("rb") as file:
            outcome, messages = send_to_collector(stdin=file.fileno())
    assert outcome == Outcome(0, b"", "")
    assert messages == lines


def test_many_lines_there_and_back(lines):
    """300,000 lines come back from an echo server, all of them, in order."""
    data = b"\n".join([*lines, b""])
    with serving("-q") as (url, _):
        outcome = run("send", url, "-n", str(len(lines)), stdin=data)
    assert outcome._replace(stdout=b"") == Outcome(0, b"", "")
    assert outcome.stdout == data


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"\n", [b""], id="empty-line"),
        pytest.param(b"\n\na\n\n", [b"", b"", b"a", b""], id="empty-lines"),
        pytest.param(b"a\nb", [b"a", b"b"], id="no-final-newline"),
        pytest.param(b"a\r\nb\r\n", [b"a\r", b"b\r"], id="crlf"),
        pytest.param(b"a\0b\n", [b"a\0b"], id="nul"),
        pytest.param("ä€😀\n".encode(), ["ä€😀".encode()], id="utf-8"),
        pytest.param(
            (b"x" * 200_000 + b"\n") * 3, [b"x" * 200_000] * 3, id="long-lines"
        ),
        pytest.param(
            b"".join(b"y" * size + b"\n" for size in range(0, 70_000, 997)),
            [b"y" * size for size in range(0, 70_000, 997)],
            id="all-sizes",
        ),
    ],
)
@pytest.mark.parametrize("compression", [(), ("--no-compression",)])
def test_lines(data, messages, compression):
    """A line is a message, without its newline and with all else."""
    outcome, found = send_to_collector(*compression, stdin=data)
    assert outcome == Outcome(0, b"", "")
    assert found == messages


def test_large_message():
    """One message of 60 MiB goes out and comes back as it was."""
    data = bytes(range(256)) * (60 << 12)
    with serving("-q", "--max-size", "64M") as (url, _):
        outcome = run(
            *("send", url, "-n", "1", "--input", "whole", "--output", "length"),
            "--binary",
            stdin=data,
        )
    assert outcome._replace(stdout=b"") == Outcome(0, b"", "")
    assert outcome.stdout[:4] == len(data).to_bytes(4, "big")
    assert outcome.stdout[4:] == data


def test_slow_reader(tmp_path):
    """A peer that reads 1 MB/s gets all, and what waits is never kept in memory."""

    def read_slowly(stream):
        started = time.monotonic()
        received = bytearray()
        while len(received) < 1_500_000:
            received += stream.receive(1 << 16)
            ahead = len(received) / 1e6 - (time.monotonic() - started)
            time.sleep(max(ahead, 0))
        stream.socket.settimeout(15)
        mark(stream)
        while data := stream.receive(1 << 20):
            received += data
            if received[-8:-6] == CLOSE_HEAD:
                stream.socket.sendall(close_frame(1000))
                break
        stream.peer.frames += decode_frames(bytes(received))[0]

    line = b"z" * 9_999 + b"\n"
    path = tmp_path / "lines"
    path.write_bytes(line * 15_000)
    with (
        path.open("rb") as file,
        Peer(accept(), read_slowly) as peer,
        start("send", peer.url, "--linger", "0", stdin=file.fileno()) as running,
    ):
        peer.wait_for_mark()
        memory = running.peak_memory()
        outcome = running.wait()
    assert outcome == Outcome(0, b"", "")
    assert len(peer.frames) == 15_001
    assert peer.frames[-1] == CLOSE_FRAME
    assert {payload for _, payload in peer.frames[:-1]} == {line[:-1]}
    assert memory < MAX_MEMORY


def test_slow_output(tmp_path):
    """A stdout that takes nothing stops the reading of the socket, not the memory."""

    def flood(stream):
        piece = b"\x81\x7e\x27\x0f" + b"z" * 9_999
        stream.socket.settimeout(0.3)
        sent = 0
        try:
            while sent < 150_000_000:
                sent += stream.socket.send(piece * 10)
        except TimeoutError:
            pass
        stream.peer.frames = sent
        stream.socket.settimeout(15)
        mark(stream)
        await_end(stream)

    ours, theirs = os.pipe()
    with (
        Peer(accept(), flood) as peer,
        start("listen", peer.url, stdout=theirs) as running,
    ):
        os.close(theirs)
        peer.wait_for_mark()
        memory = running.peak_memory()
        running.process.kill()
    os.close(ours)
    assert memory < MAX_MEMORY
    assert peer.frames < 40_000_000


@pytest.mark.parametrize(
    ("ending", "status", "words"),
    [
        pytest.param(
            "close",
            10,
            "not all input was delivered: {} of N messages went out; "
            "the peer closed with 1001 (going away)",
            id="polite-close",
        ),
        pytest.param(
            "close-1011",
            9,
            "{} of N messages went out; the input was not at its end\n"
            "wstool: the peer closed the connection: 1011 (internal error)",
            id="close-with-error",
        ),
    ],
)
def test_peer_closes_in_the_middle(tmp_path, ending, status, words):
    """When the peer closes, what it got and what is told to have gone out agree."""
    code = 1001 if ending == "close" else 1011

    def close_in_the_middle(stream):
        stream.receive_frames(lambda frames: len(frames) >= 1000)
        stream.socket.sendall(close_frame(code))
        received = bytearray()
        while data := stream.receive(1 << 20):
            received += data
            if received[-8:-6] == CLOSE_HEAD:
                break
        stream.peer.frames += decode_frames(bytes(received))[0]

    line = b"x" * 999 + b"\n"
    path = tmp_path / "lines"
    path.write_bytes(line * 100_000)
    with path.open("rb") as file, Peer(accept(), close_in_the_middle) as peer:
        outcome = run("send", peer.url, stdin=file.fileno())
    *messages, last = peer.frames
    assert last[0] == 0x88
    assert 1000 <= len(messages) < 100_000
    stderr = re.sub(r" of \d+ ", " of N ", outcome.stderr)
    assert stderr == f"wstool: {words}\n".format(len(messages))
    assert (outcome.status, outcome.stdout) == (status, b"")


def test_server_crash(tmp_path):
    """When the connection is reset, stderr says how many messages went out."""

    def crash(stream):
        stream.receive_frames(lambda frames: len(frames) >= 1000)
        reset(stream)

    line = b"x" * 999 + b"\n"
    path = tmp_path / "lines"
    path.write_bytes(line * 100_000)
    with path.open("rb") as file, Peer(accept(), crash) as peer:
        outcome = run("send", peer.url, stdin=file.fileno())
    progress, lost = outcome.stderr.splitlines()
    sent, taken = int(progress.split()[1]), int(progress.split()[3])
    assert progress == (
        f"wstool: {sent} of {taken} messages went out; the input was not at its end"
    )
    assert 1000 <= len(peer.frames) <= sent <= taken < 100_000
    assert lost.startswith("wstool: connection lost without a close frame (1006): ")
    assert (outcome.status, outcome.stdout) == (8, b"")


def test_close_after_the_last_line():
    """A peer that closes after the last line has got all, if the input ends there."""
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "wb", buffering=0) as source,
        Peer(accept(), await_frames(1), close(1000)) as peer,
        start("send", peer.url, stdin=ours) as running,
    ):
        os.close(ours)
        source.write(b"quit\n")
        peer.wait()
        # Whoever writes may take a moment to see that it's over.
        time.sleep(0.05)
        source.close()
        outcome = running.wait()
    assert outcome == Outcome(0, b"", CLOSED)


@pytest.mark.parametrize(
    ("arguments", "stdin", "outcome"),
    [
        pytest.param(
            ("a", "b"),
            b"",
            Outcome(
                10,
                b"",
                "wstool: not all input was delivered: 0 of 2 messages went out; "
                "the peer closed with 1000 (normal closure)\n",
            ),
            id="arguments",
        ),
        pytest.param(
            (),
            b"a\n",
            Outcome(
                10,
                b"",
                "wstool: not all input was delivered: 0 of 1 message went out; "
                "the peer closed with 1000 (normal closure)\n",
            ),
            id="input",
        ),
        pytest.param(
            (),
            b"",
            Outcome(
                0,
                b"",
                "wstool: the peer closed the connection: 1000 (normal closure)\n",
            ),
            id="nothing",
        ),
    ],
)
def test_close_before_the_first_message(arguments, stdin, outcome):
    """A peer that closes at once gets nothing; that is told where there was a thing."""
    script = [accept(rest=close_frame(1000)), await_frames(1)]
    assert meet(script, "send", *arguments, stdin=stdin) == outcome
