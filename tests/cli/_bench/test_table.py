"""The result as text."""

from __future__ import annotations

import re

import pytest

from wstool.cli._bench.table import list_facts, render_result
from wstool.measure.recorder import Recorder
from wstool.services.bench.meter import Failure, Fall
from wstool.services.bench.options import Kind

from support.reports import make_hostile_report, make_report


def test_facts():
    """What was run, and how it went."""
    facts = dict(list_facts(make_report(1, 2, 3)))

    assert facts["echo"] == "ws://h/"
    assert facts["load"] == "2 connections, 1 in flight, 64 bytes text"
    assert facts["model"].startswith("closed: ")
    assert facts["rate"] == "1.50/s replies for 2.00 s"
    assert facts["connections"] == "2 opened"
    assert facts["latency"].startswith("min 1.00 ms, p50 2.00 ms")


@pytest.mark.parametrize("columns", [30, 40, 80, 100, 200])
def test_width(columns):
    """No line is wider than the terminal, or than a reader likes; none is cut."""
    text = render_result(make_hostile_report(), columns)

    assert max(map(len, text.splitlines())) <= min(columns, 100)
    assert "…" not in text
    assert "..." not in text
    words = "closed: a reply lets the next message go; a stall hides what it delays"
    assert words in " ".join(text.split())


@pytest.mark.parametrize("columns", range(30, 60))
def test_units(columns):
    """A number and its unit stand on one line."""
    text = render_result(make_report(*[5_380_000] * 9), columns)

    lines = text.partition("\n\n")[0].splitlines()
    assert len(lines) > 6
    assert not [line for line in lines if re.match(r" +[nµm]?[sB]\b", line)]


def test_connect():
    """Of handshakes it says what makes the next one begin."""
    lines = render_result(make_report(1, kind=Kind.CONNECT), None).splitlines()

    words = "closed: an end lets the next begin; a stall hides what it delays"
    assert f"model        {words}" in lines


def test_no_terminal():
    """In a pipe a fact is a line, however long, for grep."""
    long = "it's " + "very " * 30 + "wrong"
    errors = {"connection_lost": Failure(1, long)}
    lines = render_result(make_report(1, errors=errors), None).splitlines()

    assert f"errors       1 connection_lost: {long}" in lines


def test_falls():
    """Falls that are alike stand together, and what isn't told is counted."""
    falls = [Fall(n / 10, "x", "gone") for n in range(5)]
    falls += [Fall(2.01, "x", "number 0"), Fall(2.02, "x", "number 0")]
    falls += [Fall(2.0, "x", f"number {n}") for n in range(1, 9)]
    report = make_report(1, falls=falls)
    report["connections"]["fell"] = 2000
    lines = render_result(report, None).splitlines()

    assert [line for line in lines if line.startswith("fell")] == [
        "fell         5 after 0.0 to 0.4 s: gone",
        "fell         2 after 2.0 s: number 0",
        *(f"fell         1 after 2.0 s: number {n}" for n in range(1, 4)),
        "fell         1,990 more",
    ]


@pytest.mark.parametrize(
    ("kind", "wanted", "missing"),
    [
        (Kind.CONNECT, ("handshakes", "3 begun, 3 done"), "messages"),
        (Kind.IDLE, ("connections", "2 opened, 2 held for 2.00 s"), "rate"),
        (Kind.SEND, ("messages", "3 sent (0 B), 3 received (0 B)"), "handshakes"),
    ],
)
def test_counts(kind, wanted, missing):
    """Each kind counts what it is about."""
    facts = dict(list_facts(make_report(1, 2, 3, kind=kind)))

    assert facts[wanted[0]] == wanted[1]
    assert missing not in facts


@pytest.mark.parametrize(("late", "is_told"), [(1, False), (500, True)])
def test_lag(late, is_told):
    """It is told when how late messages left is a part of the latency."""
    lag = Recorder()
    lag.record(late * 1000)
    report = make_report(1, lag=lag)

    text = dict(list_facts(report))["sent late"]
    assert ("is in part that of this machine" in text) is is_told


def test_escaped():
    """What a peer said is escaped."""
    text = render_result(make_hostile_report(), 80)

    assert "\x1b" not in text
    assert "errors       1 connection_lost: <script>" in text
    assert "fell         1 after 0.5 s: <script>" in text
