"""The result as text."""

from __future__ import annotations

from wstool.cli._bench.table import list_facts, render_result

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


def test_width():
    """No line is wider than the terminal's part that a reader likes."""
    for columns in (80, 200):
        text = render_result(make_hostile_report(), columns)
        widest = max(map(len, text.splitlines()))
        assert widest <= max(columns, 100)


def test_escaped():
    """What a peer said is escaped."""
    text = render_result(make_hostile_report(), 80)

    assert "\x1b" not in text
    assert "errors       1 connection_lost: <script>" in text
    assert "fell         after 0.5 s: <script>" in text
