"""The report of a comparison in Markdown."""

from __future__ import annotations

from wstool.cli._bench.versus_markdown import render_versus_markdown

from support.comparisons import make_comparison
from support.reports import HOSTILE


def test_table():
    """The carriers stand side by side in a table."""
    text = render_versus_markdown(make_comparison())

    assert text.startswith("# wstool bench: versus\n")
    assert "|  | WebSocket | polling, 1 s | long polling |\n| --- " in text
    assert "| latency, mean | 1.00 ms | 500 ms | 1.50 ms |" in text
    assert "\n- Polling every 1 s, beside WebSocket: 500 times" in text
    assert "## Errors" not in text


def test_errors():
    """Errors are told, and nothing in them is markup."""
    text = render_versus_markdown(make_comparison(problem=HOSTILE))

    assert "## Errors" in text
    assert "| undelivered | 3 | long polling: \\<script\\>" in text
    assert "\x1b" not in text
