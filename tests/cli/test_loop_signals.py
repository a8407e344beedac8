"""Ctrl-C, SIGTERM and SIGHUP: one asks politely, a second one insists."""

from __future__ import annotations

import os
import signal
import time
from signal import SIGHUP, SIGINT, SIGTERM

import pytest

from support.command import Outcome, start
from support.frames import CLOSE, TEXT, close_frame, decode_frames, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    await_request,
    close,
    mark,
    texts,
    wait_for,
)


STATUSES = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143}
NORMAL_CLOSE = decode_frames(close_frame(1000))[0][0]


@pytest.mark.parametrize("number", list(STATUSES))
def test_signal(number):
    """A signal closes the connection in good order; its own status comes of it."""
    with (
        Peer(accept(), texts(b"a"), mark, answer_close) as peer,
        start("listen", peer.url) as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(number)
        outcome = running.wait()
    assert outcome == Outcome(
        STATUSES[number], b"a\n", f"wstool: stopped by {number.name}\n"
    )
    assert peer.frames == [NORMAL_CLOSE]


def test_peer_does_not_answer():
    """The closing handshake after a signal is bounded."""
    with (
        Peer(accept(), texts(b"a"), await_end) as peer,
        start("listen", peer.url, "--close-timeout", "0.2") as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGINT)
        outcome = running.wait(5)
    assert outcome == Outcome(130, b"a\n", "wstool: stopped by SIGINT\n")


def test_second_signal():
    """A second signal ends at once, and it's the one that counts."""
    with (
        Peer(accept(), texts(b"a"), await_frames(1), mark, await_end) as peer,
        start("listen", peer.url, "--close-timeout", "60") as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGINT)
        peer.wait_for_mark()
        running.send_signal(SIGTERM)
        outcome = running.wait(5)
    assert outcome == Outcome(143, b"a\n", "wstool: stopped by SIGTERM\n")


def test_terminal_that_closes():
    """Shell and system both say that a terminal closed; that doesn't insist."""
    late = (mark, wait_for, texts(b"b"), answer_close)
    with (
        Peer(accept(), texts(b"a"), await_frames(1), *late) as peer,
        start("listen", peer.url) as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGHUP)
        peer.wait_for_mark()
        running.send_signal(SIGHUP)
        peer.released.set()
        outcome = running.wait(5)
    assert outcome == Outcome(129, b"a\nb\n", "wstool: stopped by SIGHUP\n")


def test_nohup():
    """SIGHUP ends no command that was started to ignore it, as nohup does."""
    before = signal.signal(SIGHUP, signal.SIG_IGN)
    with (
        Peer(accept(), texts(b"a"), wait_for, texts(b"b"), close(1000)) as peer,
        start("listen", peer.url) as running,
    ):
        signal.signal(SIGHUP, before)
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGHUP)
        peer.released.set()
        outcome = running.wait()
    closed = "wstool: the peer closed the connection: 1000 (normal closure)\n"
    assert outcome == Outcome(0, b"a\nb\n", closed)


def test_signal_in_the_handshake():
    """Before the connection is open, a signal ends at once."""
    with (
        Peer(await_request, mark, await_end) as peer,
        start("listen", peer.url) as running,
    ):
        peer.wait_for_mark()
        running.send_signal(SIGINT)
        outcome = running.wait(5)
    assert outcome == Outcome(130, b"", "wstool: stopped by SIGINT\n")


def test_messages_before_the_close_frame():
    """What still arrives during the closing handshake is printed."""
    with (
        Peer(accept(), texts(b"a"), await_frames(1), texts(b"b"), answer_close) as peer,
        start("listen", peer.url) as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGINT)
        outcome = running.wait()
    assert outcome == Outcome(130, b"a\nb\n", "wstool: stopped by SIGINT\n")


def test_input_left():
    """What was read has gone out; that the input isn't at its end is told."""
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "wb", buffering=0) as source,
        Peer(accept(), await_frames(2), mark, answer_close) as peer,
        start("send", peer.url, stdin=ours) as running,
    ):
        os.close(ours)
        source.write(b"a\nb\nunfinished")
        peer.wait_for_mark()
        running.send_signal(SIGINT)
        outcome = running.wait()
    assert outcome == Outcome(
        130,
        b"",
        "wstool: 2 messages went out; the input was not at its end\n"
        "wstool: stopped by SIGINT\n",
    )
    assert peer.frames == [(0x81, b"a"), (0x81, b"b"), NORMAL_CLOSE]


@pytest.mark.parametrize(
    ("signals", "close_timeout"),
    [
        pytest.param([SIGINT], "0.2", id="one"),
        pytest.param([SIGINT, SIGTERM], "60", id="two"),
    ],
)
def test_peer_does_not_read(signals, close_timeout):
    """A peer that doesn't read never makes a signal wait, and what it took is told."""

    def count(stream):
        wait_for(stream)
        received = b""
        try:
            while data := stream.receive(1 << 20):
                received += data
        except ConnectionResetError:
            pass
        frames, _ = decode_frames(received)
        stream.peer.frames += [f for f in frames if f[0] != 0x80 | CLOSE]

    lines = b"".join(b"%099d\n" % number for number in range(300_000))
    with (
        Peer(accept(), mark, count) as peer,
        start(
            "send", peer.url, "--close-timeout", close_timeout, stdin=lines
        ) as running,
    ):
        peer.wait_for_mark()
        for number in signals:
            wait_until_blocked(running.process)
            running.send_signal(number)
        outcome = running.wait(5)
    taken = len(peer.frames)
    assert peer.frames == [(0x81, b"%099d" % number) for number in range(taken)]
    progress, stopped = outcome.stderr.splitlines()
    words = progress.split()
    assert (
        words
        == (
            f"wstool: {words[1]} of {words[3]} messages went out; "
            "the input was not at its end"
        ).split()
    )
    assert taken == int(words[1]) > 0
    assert taken < int(words[3]) < 300_000
    assert stopped == f"wstool: stopped by {signals[-1].name}"
    assert (outcome.status, outcome.stdout) == (STATUSES[signals[-1]], b"")


@pytest.mark.parametrize(
    ("number", "options", "words"),
    [
        pytest.param(SIGINT, (), "stopped by SIGINT", id="signal"),
        pytest.param(
            None, ("-m", "0.6"), "timed out as a whole (--max-time 0.6 s)", id="limit"
        ),
    ],
)
def test_blocked_stdout(number, options, words):
    """A stdout that takes nothing makes neither Ctrl-C nor a limit wait."""

    def flood(stream):
        stream.socket.settimeout(0.2)
        try:
            while True:
                stream.socket.sendall(frame(TEXT, b"x" * 100) * 1000)
        except TimeoutError:
            mark(stream)
        stream.socket.settimeout(15)
        await_end(stream)

    ours, theirs = os.pipe()
    with (
        Peer(accept(), flood) as peer,
        start(
            "listen", peer.url, "--close-timeout", "0.2", *options, stdout=theirs
        ) as running,
    ):
        os.close(theirs)
        peer.wait_for_mark()
        if number is not None:
            running.send_signal(number)
        outcome = running.wait(5)
    os.close(ours)
    lost, last = outcome.stderr.splitlines()
    size = int(lost.split()[7])
    assert lost == f"wstool: stdout did not take the last {size} bytes of output"
    assert size > 0
    assert last == f"wstool: {words}"
    assert outcome.status == (124 if number is None else 130)


def test_blocked_stderr():
    """A stderr that takes nothing makes nothing wait for long."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    try:
        while True:
            os.write(theirs, b"x" * 65536)
    except BlockingIOError:
        pass
    os.set_blocking(theirs, True)
    with (
        Peer(accept(), texts(b"a"), answer_close) as peer,
        start("listen", peer.url, stderr=theirs) as running,
    ):
        running.wait_for_stdout(b"a\n")
        running.send_signal(SIGINT)
        outcome = running.wait(5)
    os.close(ours)
    os.close(theirs)
    assert outcome == Outcome(130, b"a\n", "")


def test_signal_while_output_waits():
    """After the peer's close, a signal ends the wait for a reader that is slow."""
    ours, theirs = os.pipe()
    # More than any pipe takes, and less than what stops the reading of the socket.
    payload = b"x" * 1_080_000
    with (
        Peer(accept(), texts(payload), close(1000)) as peer,
        start("listen", peer.url, stdout=theirs) as running,
    ):
        os.close(theirs)
        running.wait_for_stderr(b"\n")
        running.send_signal(SIGTERM)
        outcome = running.wait(5)
    os.close(ours)
    closed, lost, stopped = outcome.stderr.splitlines()
    assert closed == "wstool: the peer closed the connection: 1000 (normal closure)"
    assert lost.startswith("wstool: stdout did not take the last ")
    assert stopped == "wstool: stopped by SIGTERM"
    assert outcome.status == 143


def wait_until_blocked(process):
    """Wait until a process has nothing to do any more."""
    before = None
    while True:
        with open(f"/proc/{process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        ticks = fields[11:13]
        if ticks == before and fields[0] == "S":
            return
        before = ticks
        # Nothing tells of what doesn't happen, so it is looked at now and then.
        time.sleep(0.1)
