"""Every kind of stdin, stdout and stderr that a shell can give."""

from __future__ import annotations

import os

import pytest

from support.command import Outcome, run, start
from support.frames import BINARY, TEXT, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    mark,
    meet,
    send,
    texts,
)
from support.screen import terminal


ECHO = [accept(), await_frames(1), texts(b"reply"), answer_close]
SILENCE = Outcome(0, b"", "")
DISK_FULL = Outcome(12, b"", "wstool: can't write to stdout: no space left on device\n")


@pytest.mark.parametrize(
    ("redirect", "stdout"),
    [
        pytest.param("</dev/null", b"reply\n", id="stdin-null"),
        pytest.param("<&-", b"reply\n", id="stdin-closed"),
        pytest.param(">/dev/null", b"", id="stdout-null"),
        pytest.param(">&-", b"", id="stdout-closed"),
        pytest.param("2>&-", b"reply\n", id="stderr-closed"),
        pytest.param("2>/dev/full", b"reply\n", id="stderr-full"),
        pytest.param("<&- >&- 2>&-", b"", id="all-closed"),
    ],
)
def test_redirections(redirect, stdout):
    """Streams that are closed or go nowhere keep nothing else from working."""
    outcome = meet(ECHO, "send", "x", "-n", "1", redirect=redirect)
    assert outcome == Outcome(0, stdout, "")


@pytest.mark.parametrize("redirect", ["<&-", "</dev/null"])
def test_no_input(redirect):
    """An input that is closed or empty is one without messages."""
    script = [accept(), answer_close]
    assert meet(script, "send", "--linger", "0", redirect=redirect) == SILENCE


@pytest.mark.parametrize(
    ("redirect", "received", "outcome"),
    [
        pytest.param(
            "0>/dev/null",
            [],
            Outcome(11, b"", "wstool: stdin: can't be read: bad file descriptor\n"),
            id="stdin-for-writing",
        ),
        pytest.param(
            "1</dev/null",
            [b"a"],
            Outcome(12, b"", "wstool: can't write to stdout: bad file descriptor\n"),
            id="stdout-for-reading",
        ),
    ],
)
def test_wrong_way_round(redirect, received, outcome):
    """A stream that is open the wrong way is told by its name."""
    script = [accept(), texts(*received), answer_close]
    assert meet(script, "send", "--linger", "0.5", redirect=redirect) == outcome


@pytest.mark.parametrize(("mode", "content"), [("wb", b""), ("ab", b"before\n")])
def test_files(tmp_path, mode, content):
    """Files are read and written like anything else: `<`, `>` and `>>`."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"a\nb\n")
    target.write_bytes(b"before\n")
    script = [accept(), await_frames(2), texts(b"1", b"2"), answer_close]
    with (
        source.open("rb") as stdin,
        target.open(mode) as stdout,
        Peer(*script) as peer,
    ):
        outcome = run(
            "send", peer.url, "-n", "2", stdin=stdin.fileno(), stdout=stdout.fileno()
        )
    assert outcome == SILENCE
    assert target.read_bytes() == content + b"1\n2\n"
    assert [payload for _, payload in peer.frames[:2]] == [b"a", b"b"]


def test_position_in_a_file(tmp_path):
    """Input begins where the file stands, as a shell's `read` leaves it."""
    source = tmp_path / "source"
    source.write_bytes(b"first\nsecond\n")
    with source.open("rb") as stdin:
        os.lseek(stdin.fileno(), len(b"first\n"), os.SEEK_SET)
        with Peer(accept(), answer_close) as peer:
            outcome = run("send", peer.url, "--linger", "0", stdin=stdin.fileno())
    assert outcome == SILENCE
    assert [payload for _, payload in peer.frames][:-1] == [b"second"]


def listen_through_pipe(script, *arguments, take):
    """Listen with a pipe for stdout; its reader takes some bytes and goes away."""
    ours, theirs = os.pipe()
    with (
        Peer(*script) as peer,
        start("listen", peer.url, *arguments, stdout=theirs) as running,
    ):
        os.close(theirs)
        while take:
            take -= len(os.read(ours, take))
        os.close(ours)
        return running.wait(10)


def test_reader_of_stdout_goes_away_while_idle():
    """`wstool listen URL | head -1` ends after the first message; it's quiet: 141."""
    script = [accept(), texts(b"a"), answer_close]
    assert listen_through_pipe(script, take=2) == Outcome(141, b"", "")


def test_reader_of_stdout_goes_away_while_busy():
    """The same with messages on their way."""

    def flood(stream):
        for _ in range(200):
            stream.socket.sendall(frame(TEXT, b"x" * 100) * 1000)

    script = [accept(), flood, answer_close]
    assert listen_through_pipe(script, take=2) == Outcome(141, b"", "")


def test_reader_of_stdout_goes_away_while_it_is_slow():
    """The same where so much waits for it that nothing is read from the socket."""

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
        start("listen", peer.url, "--close-timeout", "0.2", stdout=theirs) as running,
    ):
        os.close(theirs)
        peer.wait_for_mark()
        os.close(ours)
        assert running.wait(5) == Outcome(141, b"", "")


def test_reader_of_stdout_goes_away_while_input_comes():
    """The same with more input to come: nobody wants to know how far that came."""
    ours, theirs = os.pipe()
    source, writer = os.pipe()
    with (
        os.fdopen(writer, "wb", buffering=0) as lines,
        Peer(accept(), await_frames(1), texts(b"a"), answer_close) as peer,
        start("send", peer.url, stdin=source, stdout=theirs) as running,
    ):
        os.close(source)
        os.close(theirs)
        lines.write(b"a\n")
        os.read(ours, 1)
        os.close(ours)
        assert running.wait() == Outcome(141, b"", "")


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_reader_of_stdout_goes_away_at_the_end(arguments):
    """The same with all messages received, but not written yet."""
    payload = b"x" * 600_000
    last = answer_close if arguments else close(1000)
    script = [accept(), texts(payload, payload), last]
    outcome = listen_through_pipe(script, "-q", *arguments, take=1_000)
    assert outcome == Outcome(141, b"", "")


@pytest.mark.parametrize("arguments", [("-n", "1"), ("--until", "a"), ()])
def test_disk_full_at_the_end(arguments):
    """A message that can't be written is an error, also when it's the last one."""
    last = answer_close if arguments else close(1000)
    script = [accept(), texts(b"a"), last]
    outcome = meet(script, "listen", "-q", *arguments, redirect=">/dev/full")
    assert outcome == DISK_FULL


def test_disk_full_before_a_limit():
    """It's the cause, whatever limit is over because of it."""
    script = [accept(), texts(b"a"), await_end]
    options = ("-n", "1", "--close-timeout", "0.2")
    outcome = meet(script, "listen", *options, redirect=">/dev/full")
    assert outcome == DISK_FULL


@pytest.mark.parametrize(
    "arguments", [("--help",), ("send", "--help"), ("--version",), ("key",)]
)
@pytest.mark.parametrize(
    ("redirect", "outcome"),
    [
        pytest.param(
            ">/dev/full",
            DISK_FULL,
            id="full",
        ),
        pytest.param(">&-", SILENCE, id="closed"),
    ],
)
def test_other_output(arguments, redirect, outcome):
    """Help, versions and keys follow the same rules."""
    assert run(*arguments, redirect=redirect) == outcome


@pytest.mark.parametrize(
    "arguments", [("--help",), ("send", "--help"), ("--version",), ("key",)]
)
def test_nobody_reads_other_output(arguments):
    """Nor does it matter whose output the reader doesn't want: 141, quiet."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        assert run(*arguments, stdout=theirs) == Outcome(141, b"", "")
    finally:
        os.close(theirs)


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full", ">&- 2>&- <&-"])
def test_usage_error_without_stderr(redirect):
    """A usage error keeps its status, and never ends up on stdout."""
    assert run("key", "x", redirect=redirect) == Outcome(2, b"", "")


def test_descriptor_flags():
    """The flags of the streams stay as they were: other processes use them too."""
    first = os.pipe()
    second = os.pipe()
    descriptors = [first[0], second[1]]
    try:
        before = [os.get_blocking(descriptor) for descriptor in descriptors]
        with (
            Peer(accept(), texts(b"a"), answer_close) as peer,
            start(
                *("send", peer.url, "-n", "1"), stdin=first[0], stdout=second[1]
            ) as running,
        ):
            running.wait()
        assert [os.get_blocking(descriptor) for descriptor in descriptors] == before
        assert os.read(second[0], 10) == b"a\n"
    finally:
        for descriptor in (*first, *second):
            os.close(descriptor)


def test_nonblocking_streams():
    """Streams that someone else has made non-blocking work as well."""
    first = os.pipe()
    second = os.pipe()
    payload = b"x" * 300_000
    for descriptor in (*first, *second):
        os.set_blocking(descriptor, False)
    os.write(first[1], b"a\n")
    os.close(first[1])
    os.set_blocking(second[0], True)
    script = [accept(), await_frames(1), texts(payload, payload), answer_close]
    with (
        Peer(*script) as peer,
        start(
            *("send", peer.url, "-n", "2"), stdin=first[0], stdout=second[1]
        ) as running,
    ):
        os.close(first[0])
        os.close(second[1])
        with os.fdopen(second[0], "rb") as reader:
            assert reader.read() == payload + b"\n" + payload + b"\n"
        assert running.wait() == SILENCE


def test_binary_on_lines_is_an_error_in_the_middle():
    """What came before a message that doesn't fit is written, and nothing after it."""
    frames = frame(TEXT, b"a") + frame(BINARY, b"b") + frame(TEXT, b"c")
    outcome = meet([accept(), send(frames), answer_close], "listen")
    assert (outcome.status, outcome.stdout) == (12, b"a\n")


@pytest.mark.parametrize("columns", [40, 60])
def test_stderr_narrow(columns):
    """A terminal gets our sentences broken at spaces."""
    with terminal("ping", "ws://x/", "--count", "many", columns=columns) as screen:
        assert screen.wait() == 2

    usage = [
        "Usage: wstool ping [OPTIONS] URL",
        "Try 'wstool ping --help' for help.",
        "",
    ]
    problem = "Error: Invalid value for '-c' / '--count': 'many' is not a valid"
    assert screen.lines[:3] == usage
    assert len(screen.lines) > 4
    assert " ".join(map(str.strip, screen.lines[3:])) == f"{problem} integer range."
