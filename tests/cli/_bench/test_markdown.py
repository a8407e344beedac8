"""The report in Markdown."""

from __future__ import annotations

from wstool.cli._bench.markdown import render_markdown
from wstool.services.bench.report import add_runs

from support.reports import make_hostile_report, make_report


def test_tables():
    """Facts, percentiles and runs are tables."""
    text = render_markdown(add_runs([make_report(1), make_report(1, 2)]))

    assert text.startswith("# wstool bench: echo\n")
    assert "| p99.9 | 2.00 ms |" in text
    assert "| 2 | 1.00/s | 1.00 ms | 2.00 ms |" in text


def test_escaped():
    """What a peer said is no markup."""
    text = render_markdown(make_hostile_report())

    assert "<script>" not in text
    assert "\\<script\\>alert(1)\\</script\\>\\|\\\\x1b\\[31m" in text
