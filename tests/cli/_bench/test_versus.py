"""A comparison with polling, as a person runs it."""

from __future__ import annotations

import json
import signal

import pytest

from wstool.services.estimate.constants import CONSTANTS

from support.command import run, start
from support.screen import CTRL_C, terminal


FAST = ("-c", "4", "-n", "10", "--rate", "20", "--poll-interval", "0.1")
BOTH = ("--versus", "polling", "--versus", "long-polling")


def compare(tmp_path, *arguments):
    """Run a comparison; give the outcome, and the columns by their carriers."""
    report = tmp_path / "r.json"
    outcome = run("bench", *BOTH, *FAST, "--report", str(report), *arguments)
    assert outcome.status == 0, outcome.stderr
    columns = json.loads(report.read_text())["carriers"]
    return outcome, {column["carrier"]: column for column in columns}


@pytest.fixture(name="compared", scope="module")
def compare_once(tmp_path_factory):
    """Run a comparison for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("compared")
    return (*compare(folder), str(folder / "r.json"))


def test_same_messages(compared):
    """All messages reach every client either way, once and in order."""
    outcome, columns, _ = compared

    assert outcome.stderr == ""
    assert list(columns) == ["websocket", "polling", "long-polling"]
    for column in columns.values():
        assert column["errors"] == []
        assert column["messages"]["sent"] == 10
        assert column["messages"]["received"] == 40
        assert column["messages"]["bytes_received"] == 40 * 64
        assert column["latency"]["count"] == 40
        assert column["connections"] == {"opened": 4, "fell": 0}
        assert column["cpu"]["server"] > 0
        assert column["cpu"]["clients"] > 0


@pytest.mark.parametrize(
    ("size", "framing"), [("64", 2), ("125", 2), ("126", 4), ("65536", 10)]
)
def test_framing(tmp_path, size, framing):
    """WebSocket adds 2 to 10 bytes to a message, and nothing else."""
    report = tmp_path / "r.json"
    arguments = ("-c", "2", "-n", "3", "--rate", "20", "--size", size)
    run("bench", "--versus", "long-polling", *arguments, "--report", str(report))

    column = json.loads(report.read_text())["carriers"][0]
    assert column["bytes"]["overhead_per_message"] == framing
    assert column["bytes"]["sent"] == 0
    assert column["bytes"]["received"] == 6 * (int(size) + framing)
    assert column["requests"]["sent"] == 0


def test_requests(compared):
    """Polling adds hundreds of bytes of headers to each request."""
    _, columns, _ = compared

    for name in ("polling", "long-polling"):
        assert columns[name]["requests"]["sent"] > 0
        assert columns[name]["bytes"]["overhead_per_message"] > 100
    # What ``estimate`` takes for granted.
    constants = {constant.name: constant.value for constant in CONSTANTS}
    requests = columns["polling"]["requests"]
    assert requests["bytes"] == pytest.approx(constants["poll_request"], rel=0.05)
    separators = columns["polling"]["messages"]["received"] / requests["sent"]
    assert requests["response_bytes"] - separators == pytest.approx(
        constants["poll_response"], rel=0.05
    )
    assert columns["long-polling"]["requests"]["empty"] == 0


def test_polling_waits(tmp_path):
    """What is polled for waits for the next poll."""
    _, columns = compare(tmp_path, "--poll-interval", "1")

    # Two polls at most fall into the half second of the messages, whenever they come.
    assert columns["polling"]["latency"]["mean_ms"] > 90


def test_headers(tmp_path, compared):
    """Headers and cookies of the user go with every request, and count."""
    _, without, _ = compared
    _, columns = compare(tmp_path, "-H", f"X-A: {'x' * 195}", "-b", "a=b")

    more = len(f"X-A: {'x' * 195}\r\n" + "Cookie: a=b\r\n")
    for name in ("polling", "long-polling"):
        before, after = (c[name]["requests"]["bytes"] for c in (without, columns))
        # The numbers of messages and ports may have another digit or two.
        assert after - before == pytest.approx(more, abs=4)
    openings = [c["websocket"]["bytes"]["opening"] / 4 for c in (without, columns)]
    assert openings[1] - openings[0] == pytest.approx(more, abs=4)
    assert columns["websocket"]["bytes"]["overhead_per_message"] == 2


def test_binary(tmp_path):
    """Binary messages are compared, too, of any size."""
    _, columns = compare(tmp_path, "--binary", "--size", "24-5000")

    assert {c["messages"]["received"] for c in columns.values()} == {40}


def test_repeat(tmp_path):
    """Repeated runs take turns, and are added."""
    _, columns = compare(tmp_path, "--repeat", "2")

    for column in columns.values():
        assert column["messages"]["received"] == 80
        assert len(column["runs"]) == 2
        assert column["errors"] == []


@pytest.mark.parametrize(
    ("condition", "status"),
    [("polling_p50 > 0us", 1), ("websocket_overhead_per_message > 10", 0)],
)
def test_fail_if(condition, status):
    """A condition that holds is a failure, behind the result."""
    outcome = run("bench", "--versus", "polling", *FAST, "--fail-if", condition)

    assert outcome.status == status
    assert b"Polling every 0.1 s, beside WebSocket: " in outcome.stdout


def test_reports(tmp_path):
    """The report comes in HTML and Markdown, too."""
    names = [str(tmp_path / name) for name in ("r.html", "r.md")]
    reports = [part for name in names for part in ("--report", name)]
    assert run("bench", "--versus", "polling", *FAST, *reports).status == 0

    assert "<h1>wstool bench: versus</h1>" in (tmp_path / "r.html").read_text()
    assert "| WebSocket | polling, 0.1 s |" in (tmp_path / "r.md").read_text()


def test_compared(compared):
    """A comparison is no report of a load, which could be compared."""
    report = compared[2]
    for option in ("--compare", "--merge"):
        outcome = run("bench", option, report, report)
        assert outcome.status == 11
        assert "r.json: is a comparison already" in outcome.stderr


def test_verbose():
    """The first opening handshake and the first poll are shown."""
    outcome = run("bench", "--versus", "polling", *FAST, "-v")

    assert outcome.stderr.count("> Upgrade: websocket") == 1
    assert outcome.stderr.count("> GET /messages?since=0 HTTP/1.1") == 1


def test_interrupted():
    """Ctrl-C shows what was measured so far."""
    with start("bench", "--versus", "polling", "-d", "600", "-c", "1", "-v") as running:
        running.wait_for_stderr(b"* agreed")
        running.send_signal(signal.SIGINT)
        outcome = running.wait()

    assert outcome.status == 130
    assert outcome.stderr.endswith("wstool: stopped by SIGINT\n")


def test_terminal():
    """On a terminal it shows how it goes, and the line is gone at the end."""
    arguments = ("--versus", "polling", "-d", "600", "-c", "2", "--rate", "50")
    with terminal("bench", *arguments, columns=100) as screen:
        screen.wait_for("websocket  ╌")
        screen.wait_for("2 open")
        screen.type(CTRL_C)
        status = screen.wait()

    assert status == 130
    assert not any("━" in line or "╌" in line for line in screen.lines)
    assert any("bytes a message, both ways" in line for line in screen.lines)


def test_too_long():
    """A limit for everything ends it, by its name."""
    outcome = run("bench", "--versus", "polling", "-d", "600", "-m", "1")

    assert outcome.status == 124
    assert "--max-time" in outcome.stderr
