"""`bench`, as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest

from support.command import WSTOOL, run, serving, start
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    end_stream,
    texts,
)
from support.processes import await_children
from support.screen import CTRL_C, start_terminal, terminal


def read(path):
    """Read a report."""
    return json.loads(path.read_text())


def test_echo(tmp_path):
    """Every message is answered and measured, and the result is a table."""
    report = tmp_path / "r.json"
    with serving("-q") as (url, _):
        outcome = run("bench", url, "-n", "500", "-c", "5", "--report", str(report))

    assert (outcome.status, outcome.stderr) == (0, "")
    text = outcome.stdout.decode()
    assert "messages     500 sent (32.0 kB), 500 received (32.0 kB)" in text
    assert "connections  5 opened" in text
    assert "percentiles" in text
    document = read(report)
    assert document["latency"]["count"] == 500
    assert (document["kind"], document["model"]) == ("echo", "closed")
    assert document["errors"] == []
    assert document["load"]["connections"] == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "send", "-n", "5000"], "messages     5,000 sent"),
        (["--kind", "receive", "-n", "5000"], "5,000 received"),
        (["--kind", "connect", "-n", "20"], "handshakes   20 begun, 20 done"),
        (["--kind", "idle", "-d", "0.3"], "connections  10 opened"),
        (["--kind", "fanout", "-n", "20"], "20 sent (1.28 kB), 200 received"),
        (["--rate", "500", "-n", "100"], "model        open: latency counts from"),
        (["-n", "20", "--size", "100k", "--binary"], "20 sent (2.05 MB), 20 received"),
    ],
)
def test_kinds(options, words):
    """Without a URL there is a server that fits the kind, in another process."""
    outcome = run("bench", *options)

    assert outcome.status == 0
    assert words in outcome.stdout.decode()
    assert re.fullmatch(
        r"wstool: no URL given, so this measures a server of its own: ws://\S+\n",
        outcome.stderr,
    )


def test_workers(tmp_path):
    """Several processes share the load, and their histograms are added."""
    report = tmp_path / "r.json"
    with serving("-q") as (url, _):
        arguments = ("-n", "1001", "-c", "5", "--workers", "3", "--report", str(report))
        outcome = run("bench", url, *arguments)

    document = read(report)
    assert outcome.status == 0
    assert document["messages"]["received"] == document["latency"]["count"] == 1001
    assert document["connections"]["opened"] == 5
    assert document["load"]["workers"] == 3


@pytest.mark.parametrize(
    "limit", [("-n", "300"), ("-d", "0.5"), ("--rate", "200", "-n", "50")]
)
def test_fanout_by_workers(tmp_path, limit):
    """Subscribers in any process get all that the first one publishes."""
    report = tmp_path / "r.json"
    with serving("broadcast", "-q") as (url, _):
        arguments = ("--kind", "fanout", "-c", "7", "--workers", "3", *limit)
        outcome = run("bench", url, *arguments, "--report", str(report))

    document = read(report)
    assert (outcome.status, document["errors"]) == (0, [])
    assert document["messages"]["received"] == 7 * document["messages"]["sent"] > 0
    assert document["latency"]["count"] == document["messages"]["received"]


def test_killed_worker():
    """A worker that is gone ends the run, with what was measured and its name."""
    arguments = ("-d", "60", "--workers", "2")
    with serving() as (url, server), start("bench", url, *arguments) as bench:
        _, second = await_children(bench.process.pid, 2)
        server.wait_for_stderr(b"opened")
        os.kill(second, signal.SIGKILL)
        outcome = bench.wait()

    assert outcome.status == 8
    assert b"messages" in outcome.stdout
    assert re.fullmatch(
        r"wstool: connection lost .*: worker 2 ended with status -9\n", outcome.stderr
    )


def test_repeat(tmp_path):
    """Repeated runs stand in one report, each by itself too."""
    report = tmp_path / "r.json"
    with serving("-q") as (url, _):
        run("bench", url, "-n", "50", "--repeat", "3", "--report", str(report))

    document = read(report)
    assert document["messages"]["received"] == 150
    assert len(document["runs"]) == 3


@pytest.mark.parametrize(
    ("condition", "status"), [("errors > 0", 0), ("received > 49", 1)]
)
def test_fail_if(condition, status):
    """A condition that holds is a failure, behind the result."""
    with serving("-q") as (url, _):
        outcome = run("bench", url, "-n", "50", "--fail-if", condition)

    assert outcome.status == status
    assert b"50 received" in outcome.stdout


def test_errors():
    """What goes wrong is told with its kind and the first text."""
    with Peer(accept(), await_frames(1), end_stream) as peer:
        outcome = run("bench", peer.url, "-c", "1", "-d", "10")

    assert outcome.status == 1
    assert outcome.stderr == (
        "wstool: expected messages, got none (connection_lost, unanswered)\n"
    )
    text = outcome.stdout.decode()
    assert "errors       1 connection_lost: connection lost without a close" in text
    assert re.search(r"fell +1 after \d\.\d s: connection lost", text)


def test_refused():
    """A server that isn't there is the error of every command."""
    outcome = run("bench", "ws://127.0.0.1:1/", "--workers", "2")

    assert outcome == (
        3,
        b"",
        "wstool: can't connect to 127.0.0.1:1: connection refused\n",
    )


def test_interrupted():
    """Ctrl-C shows what was measured so far."""
    with (
        serving("-q") as (url, _),
        start("bench", url, "-d", "600", "-c", "1", "-v") as running,
    ):
        running.wait_for_stderr(b"* agreed")
        running.send_signal(signal.SIGINT)
        outcome = running.wait()

    assert outcome.status == 130
    assert outcome.stderr.endswith("wstool: stopped by SIGINT\n")
    assert b"echo         ws://127.0.0.1:" in outcome.stdout


def test_killed():
    """When it is killed, nothing of it stays."""
    with serving() as (url, server), start("bench", url, "-d", "600") as running:
        server.wait_for_stderr(b"opened")
        running.process.kill()
        # Its child ends its connections as soon as it is alone.
        server.wait_for_stderr(b"closed: ")


def test_terminal():
    """On a terminal it shows how it goes, and the line is gone at the end."""
    with (
        serving("-q") as (url, _),
        terminal("bench", url, "-d", "600", "-c", "2", columns=100) as screen,
    ):
        screen.wait_for("2 open")
        screen.type(CTRL_C)
        status = screen.wait()

    assert status == 130
    assert not any("━" in line or "╌" in line for line in screen.lines)


def test_narrow_terminal(tmp_path):
    """The line has the width of its own terminal, also when stdout is a file."""
    command = 'exec "$0" bench "$1" -d 600 -c 2 > "$2"'
    with (
        serving("-q") as (url, _),
        start_terminal(
            "sh", "-c", command, WSTOOL, url, str(tmp_path / "out"), columns=40
        ) as screen,
    ):
        while screen.raw.count(b"p50") < 3:
            assert screen.read()
        lines = screen.lines
        screen.type(CTRL_C)
        screen.wait()

    assert len(lines) == 1


def test_workers_one_refused(tmp_path):
    """A worker that gets no connection is counted, and the others go on."""
    report = tmp_path / "r.json"
    load = ("-c", "3", "--workers", "3", "-n", "30", "--report", str(report))
    with serving("-q", "--max-connections", "2") as (url, _):
        outcome = run("bench", url, *load)

    document = read(report)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert document["messages"]["received"] == 20
    assert document["connections"]["opened"] == 2
    assert [error["kind"] for error in document["errors"]] == ["handshake_refused"]


def test_start_at(tmp_path):
    """Several begin at the time they are told, and their reports can be added."""
    start_at = time.time() + 2
    moments = []

    def tell_time(stream):
        moments.append(time.time())

    reports = [str(tmp_path / f"{name}.json") for name in ("a", "b", "sum")]
    options = ("-n", "1", "-c", "1", "--any-reply", "--start-at", str(start_at))
    script = (accept(), await_frames(1), tell_time, texts(b"ok"), answer_close)
    with (
        Peer(*script) as one,
        Peer(*script) as other,
        start("bench", one.url, *options, "--report", reports[0]) as first,
        start("bench", other.url, *options, "--report", reports[1]) as second,
    ):
        statuses = [first.wait().status, second.wait().status]
    merged = run("bench", "--merge", *reports[:2], "--report", reports[2])

    assert [*statuses, merged.status] == [0, 0, 0]
    assert start_at <= min(moments)
    assert read(tmp_path / "sum.json")["messages"]["received"] == 2


def test_dumb_terminal():
    """A terminal that can't draw a line again gets no progress, and no escape code."""
    with serving("-q") as (url, _):
        arguments = ("-d", "0.6", "-c", "2")
        with terminal("bench", url, *arguments, environment={"TERM": "dumb"}) as screen:
            status = screen.wait()

    assert status == 0
    assert b"\x1b" not in screen.raw
    assert b"2 opened" in screen.raw


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (["--fail-if", "p99 > 5"], 2, "p99 needs a unit: us, ms or s"),
        (["--report", "x.txt"], 2, "its name must end in one of .json, .html, .md"),
        (["--size", "x"], 2, "'x' is no size, range of sizes, or @FILE."),
        (["--size", "9-1"], 2, "'9-1' isn't a range up to 1G."),
        (["--size", "@/nonexistent"], 11, "@/nonexistent: can't be read"),
        (["--rate", "0"], 2, "0 isn't from 0.001 to 10,000,000 a second."),
        (["--start-at", "noon"], 2, "'noon' isn't a time"),
        (["--reconnect"], 2, "a lost connection is a result"),
        (["--greeting", "@/nonexistent"], 11, "@/nonexistent: can't be read"),
    ],
)
def test_wrong(arguments, status, problem):
    """What doesn't fit is named before anything is connected."""
    outcome = run("bench", "ws://127.0.0.1:1/", *arguments)

    assert (outcome.status, outcome.stdout) == (status, b"")
    assert problem in outcome.stderr
