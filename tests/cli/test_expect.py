"""When `send` and `listen` end by themselves."""

from __future__ import annotations

import os
import time

import pytest

from support.command import Outcome, run, start
from support.frames import CLOSE, TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    close,
    mark,
    meet,
    send,
    texts,
    wait_for,
)


CLOSE_FRAME = (0x80 | CLOSE, b"\x03\xe8")


def trickle(*payloads, pause=0.2):
    """Send text messages with pauses between them."""

    def step(stream):
        for payload in payloads:
            time.sleep(pause)
            stream.socket.sendall(frame(TEXT, payload))

    return step


@pytest.mark.parametrize(
    ("options", "received", "stdout"),
    [
        pytest.param("-n 2", [b"a", b"b", b"c"], b"a\nb\n", id="count"),
        pytest.param("--count 1", [b"a\nb"], b"a\nb\n", id="messages-not-lines"),
        pytest.param("--until ^b", [b"ab", b"ba", b"c"], b"ab\nba\n", id="until"),
        pytest.param("--until ^$", [b"a", b"", b"c"], b"a\n\n", id="until-empty"),
        pytest.param("--until ä", ["xäx".encode()], "xäx\n".encode(), id="until-utf-8"),
        pytest.param("-n 3 --until b", [b"a", b"b", b"c"], b"a\nb\n", id="until-first"),
        pytest.param("-n 1 --until b", [b"a", b"b"], b"a\n", id="count-first"),
    ],
)
@pytest.mark.parametrize("command", ["send", "listen"])
def test_enough(command, options, received, stdout):
    """Both end after what was asked for; what comes behind it is not printed."""
    script = [accept(), texts(*received), answer_close]
    arguments = ("-q", *options.split(), *(["x"] if command == "send" else []))
    assert meet(script, command, *arguments) == Outcome(0, stdout, "")


def test_nothing_printed_after_enough():
    """Nor is what comes while the connection closes."""
    script = [accept(), texts(b"a"), await_frames(1), texts(b"b"), answer_close]
    assert meet(script, "listen", "-n", "1") == Outcome(0, b"a\n", "")


def test_enough_while_input_comes():
    """The input is not read any further, and that is told."""
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "wb", buffering=0) as source,
        Peer(accept(), await_frames(1), texts(b"reply"), answer_close) as peer,
        start("send", peer.url, "-n", "1", stdin=ours) as running,
    ):
        os.close(ours)
        source.write(b"a\nunfinished")
        outcome = running.wait()
    assert outcome == Outcome(
        0, b"reply\n", "wstool: stopped reading the input after 1 message\n"
    )
    assert peer.frames == [(0x80 | TEXT, b"a"), CLOSE_FRAME]


def test_greeting_is_a_reply():
    """A greeting counts, and all arguments are sent even so."""
    script = [accept(rest=frame(TEXT, b"hello")), answer_close]
    with Peer(*script) as peer:
        outcome = run("send", peer.url, "-n", "1", "a", "b")
    assert outcome == Outcome(0, b"hello\n", "")
    assert peer.frames == [(0x80 | TEXT, b"a"), (0x80 | TEXT, b"b"), CLOSE_FRAME]


def test_no_linger():
    """With --linger 0 the close frame comes right behind the last message."""
    script = [accept(), await_frames(3), texts(b"late"), answer_close]
    with Peer(*script) as peer:
        outcome = run("send", peer.url, "--linger", "0", stdin=b"a\nb\n")
    assert outcome == Outcome(0, b"late\n", "")
    assert peer.frames == [(0x80 | TEXT, b"a"), (0x80 | TEXT, b"b"), CLOSE_FRAME]


def test_linger_from_the_last_message():
    """Each message that arrives makes it stay for a while again."""
    script = [accept(), await_frames(1), trickle(b"1", b"2", b"3"), answer_close]
    outcome = meet(script, "send", "x", "--linger", "0.5")
    assert outcome == Outcome(0, b"1\n2\n3\n", "")


def test_linger_ends():
    """A time without messages ends it; a ping is no message."""

    def ping(stream):
        while not any(first == CLOSE_FRAME[0] for first, _ in stream.peer.frames):
            stream.socket.sendall(b"\x89\x00")
            await_frames(len(stream.peer.frames) + 1)(stream)
        stream.socket.sendall(close_frame(1000))

    started = time.monotonic()
    outcome = meet([accept(), await_frames(1), ping], "send", "x", "--linger", "0.3")
    assert outcome == Outcome(0, b"", "")
    assert time.monotonic() - started < 5


def test_slow_reader_is_no_silence():
    """While the peer is still taking what was sent, the time doesn't run."""
    # More than the peer's system takes at once, and less than ours takes.
    lines, count = b"x" * 999 + b"\n", 1_000

    def read_late(stream):
        time.sleep(1)
        stream.receive_frames(lambda frames: len(frames) >= count)
        # A close frame would stand right behind the messages.
        assert len(stream.peer.frames) == count
        stream.socket.sendall(frame(TEXT, b"all there"))
        answer_close(stream)

    outcome = meet(
        [accept(), read_late], "send", "--linger", "0.3", stdin=lines * count
    )
    assert outcome == Outcome(0, b"all there\n", "")


def test_input_keeps_it_open():
    """As long as the input isn't at its end, there is no linger."""
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "wb", buffering=0) as source,
        Peer(accept(), await_frames(1), mark, wait_for, answer_close) as peer,
        start("send", peer.url, "--linger", "0", stdin=ours) as running,
    ):
        os.close(ours)
        source.write(b"a\n")
        peer.wait_for_mark()
        assert running.process.poll() is None
        source.write(b"b\n")
        source.close()
        peer.released.set()
        outcome = running.wait()
    assert outcome == Outcome(0, b"", "")
    assert [payload for _, payload in peer.frames] == [b"a", b"b", b"\x03\xe8"]


def test_reply_timeout_from_the_last_message_sent():
    """Replies that come are no reason to wait longer."""
    script = [accept(), await_frames(1), trickle(b"1", b"2", pause=0.3), answer_close]
    outcome = meet(script, "send", "x", "-n", "3", "--reply-timeout", "0.8")
    assert outcome == Outcome(
        124,
        b"1\n2\n",
        "wstool: timed out waiting for a reply (--reply-timeout 0.8 s)\n",
    )


def test_no_reply_timeout():
    """A limit of 0 is none."""
    script = [accept(), await_frames(1), trickle(b"1", pause=0.3), answer_close]
    outcome = meet(script, "send", "x", "-n", "1", "--reply-timeout", "0")
    assert outcome == Outcome(0, b"1\n", "")


def test_enough_and_closed():
    """A peer that closes right behind the last message asked for has done its part."""
    ours, theirs = os.pipe()
    frames = frame(TEXT, b"a") + close_frame(1000)
    with (
        os.fdopen(theirs, "wb", buffering=0) as source,
        Peer(accept(), await_frames(1), send(frames), await_frames(2)) as peer,
        start("send", peer.url, "-n", "1", "-q", stdin=ours) as running,
    ):
        os.close(ours)
        source.write(b"x\n")
        outcome = running.wait()
    assert outcome == Outcome(0, b"a\n", "")


def test_listen_stays():
    """`listen` stays until the peer closes, however long nothing comes."""
    script = [accept(), trickle(b"1", pause=1.2), close(1000)]
    assert meet(script, "listen", "-q") == Outcome(0, b"1\n", "")


def test_messages_before_the_end_of_the_stream():
    """All that came is printed before the end is told."""
    count = 20_000
    frames = b"".join(frame(TEXT, b"%06d" % number) for number in range(count))
    outcome = meet(
        [accept(), send(frames + close_frame(1001)), await_frames(1)], "listen"
    )
    assert outcome == Outcome(
        0,
        b"".join(b"%06d\n" % number for number in range(count)),
        "wstool: the peer closed the connection: 1001 (going away)\n",
    )
