"""`ping`, as a person runs it."""

from __future__ import annotations

import json
import re
import signal

import pytest

from support.command import run, serving, start
from support.frames import frame
from support.misbehaving import (
    Peer,
    Stream,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    meet,
    send,
)
from support.screen import terminal


PONG = 0xA


def pong(number: int):
    """Answer a ping, the last one received so far."""

    def step(stream: Stream) -> None:
        stream.receive_frames(lambda frames: len(frames) >= number)
        stream.socket.sendall(frame(PONG, stream.peer.frames[number - 1][1]))

    return step


def test_ping():
    """Each pong is a line, and the numbers stand below."""
    outcome = meet(
        [accept(), pong(1), pong(2), answer_close],
        "ping",
        *("-c", "2", "-i", "0.01"),
    )

    assert (outcome.status, outcome.stderr) == (0, "")
    assert re.fullmatch(
        r"pong 1: \d+\.\d+ ms\npong 2: \d+\.\d+ ms\n--- ws://127.0.0.1:\d+/ ---\n"
        r"2 sent, 2 pongs, 0 lost \(0 %\)\n"
        r"round trip in ms: min \S+, median \S+, p99 \S+, max \S+, mdev \S+\n",
        outcome.stdout.decode(),
    )


def test_loss():
    """A pong that doesn't come in time is a loss, and the status says so."""
    script = [accept(), pong(1), await_frames(2), answer_close]
    outcome = meet(script, "ping", *("-c", "2", "-i", "0.01", "-W", "0.3"))

    assert outcome.status == 1
    assert outcome.stderr == "wstool: expected 2 pongs, got 1\n"
    lines = outcome.stdout.decode().splitlines()
    assert (lines[0][:8], lines[1]) == ("pong 1: ", "pong 2: none within 0.3 s")
    assert lines[3] == "2 sent, 1 pong, 1 lost (50 %)"


def test_merged():
    """A pong for the second ping answers the first, and the line says so."""
    script = [accept(), await_frames(1), pong(2), answer_close]
    outcome = meet(script, "ping", *("-c", "2", "-i", "0.01"))

    assert (outcome.status, outcome.stderr) == (0, "")
    first, second = outcome.stdout.decode().splitlines()[:2]
    assert re.fullmatch(r"pong 1: \d+\.\d+ ms, merged with 2", first)
    assert re.fullmatch(r"pong 2: \d+\.\d+ ms", second)


def test_message():
    """A message of ours is answered by the next message."""
    with serving("-q") as (url, _):
        arguments = ("--message", "hi", "-c", "2", "-i", "0.01", "--jsonl")
        outcome = run("ping", url, *arguments)

    events = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert outcome.status == 0
    assert [event["type"] for event in events] == ["reply", "reply", "summary"]
    assert (events[2]["sent"], events[2]["lost"]) == (2, 0)


@pytest.mark.parametrize("options", [["--flood"], ["-q", "-i", "0.001"]])
def test_summary_only(options):
    """A flood, and -q, print only the summary."""
    with serving("-q") as (url, _):
        outcome = run("ping", url, "-c", "100", *options)

    assert (outcome.status, outcome.stderr) == (0, "")
    lines = outcome.stdout.decode().splitlines()
    assert len(lines) == 3
    assert lines[1] == "100 sent, 100 pongs, 0 lost (0 %)"


def test_interrupted():
    """Ctrl-C is how a run without an end ends well."""
    with serving("-q") as (url, _), start("ping", url, "-i", "60") as running:
        running.wait_for_stdout(b"pong 1")
        running.send_signal(signal.SIGINT)
        outcome = running.wait()

    assert (outcome.status, outcome.stderr) == (0, "")
    assert b"1 sent, 1 pong, 0 lost (0 %)" in outcome.stdout


def test_terminated():
    """SIGTERM ends it too, with the summary, and its status."""
    with serving("-q") as (url, _), start("ping", url, "-i", "60") as running:
        running.wait_for_stdout(b"pong 1")
        running.send_signal(signal.SIGTERM)
        outcome = running.wait()

    assert outcome.status == 143
    assert b"1 sent, 1 pong, 0 lost (0 %)" in outcome.stdout


def test_max_time():
    """The limit for everything is told, behind the numbers so far."""
    with Peer(accept(), await_end) as peer:
        outcome = run("ping", peer.url, "-i", "60", "-m", "0.5")

    assert outcome.status == 124
    assert outcome.stderr == "wstool: timed out as a whole (--max-time 0.5 s)\n"
    assert b"1 sent, 0 pongs, 0 lost (0 %), 1 still awaited" in outcome.stdout


@pytest.mark.parametrize(
    ("script", "status", "problem"),
    [
        pytest.param(
            [accept(), await_frames(1), close(1011, "oops\x1b")],
            9,
            "1011 (internal error) oops\\x1b",
            id="closed",
        ),
        pytest.param(
            [accept(), await_frames(1)],
            8,
            "connection lost without a close frame (1006): the peer ended the stream",
            id="lost",
        ),
        pytest.param(
            [accept(), await_frames(1), send(b"\xf0\0"), await_end],
            7,
            "RFC 6455, 5.2",
            id="violation",
        ),
        pytest.param(
            [accept(), await_frames(1), close(1000)],
            1,
            "expected 3 pongs, got 0 before the peer closed",
            id="closed-well",
        ),
    ],
)
def test_ends(script, status, problem):
    """However the connection ends, the status is that of every command."""
    outcome = meet(script, "ping", "-c", "3", "-i", "60")

    assert outcome.status == status
    assert problem in outcome.stderr
    assert b"1 sent, 0 pongs, 1 lost (100 %)" in outcome.stdout


def test_refused():
    """Without a connection there is nothing to sum up."""
    outcome = run("ping", "ws://127.0.0.1:1/")

    assert outcome == (
        3,
        b"",
        "wstool: can't connect to 127.0.0.1:1: connection refused\n",
    )


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (["--binary"], 2, "--binary is for --message"),
        (["-i", "0"], 2, "--every takes 0.001 or more; --flood goes without pauses"),
        (["-W", "0"], 2, "--wait takes more than 0"),
        (["--message", "\udcff"], 11, "--message, byte 0: text isn't valid UTF-8"),
        (
            ["--reconnect"],
            2,
            "--reconnect isn't for ping: a lost connection is a result.",
        ),
    ],
)
def test_bad_options(arguments, status, problem):
    """What doesn't fit is named before anything is connected."""
    outcome = run("ping", "ws://127.0.0.1:1/", *arguments)

    assert (outcome.status, outcome.stdout) == (status, b"")
    assert outcome.stderr.endswith(f"{problem}\n")


def test_stdout_gone():
    """When nobody reads the lines any more, it ends quietly."""
    with serving("-q") as (url, _):
        outcome = run("ping", url, "-i", "0.01", redirect="| true")

    assert (outcome.status, outcome.stderr) == (0, "")


def test_terminal():
    """On a terminal the round trips are plotted below."""
    with (
        serving("-q") as (url, _),
        terminal("ping", url, "-c", "3", "-i", "0.01") as screen,
    ):
        status = screen.wait()

    assert status == 0
    assert re.fullmatch(r"[▁-█]{3}  \S+ to \S+ ms", screen.lines[-1])
