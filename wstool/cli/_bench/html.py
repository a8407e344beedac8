"""The report of a bench as one HTML file, with its charts, for light and dark."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterable, Iterator

from wstool.cli._bench.charts import (
    draw_histogram,
    draw_percentiles,
    draw_timeline,
)
from wstool.cli._bench.table import list_facts
from wstool.cli._bench.words import render_count, render_duration, render_rate
from wstool.cli._render import escape_text
from wstool.services.bench.report import Document, read_histogram


__all__ = [
    "escape",
    "render_errors",
    "render_html",
    "render_page",
    "render_table",
]

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --faint: #6b7280;
  --line: #d9dde3; --bar: #2563eb; --second: #d97706;
  --third: #db2777; --good: #15803d; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e8eb;
  --faint: #9aa2ad; --line: #343a42; --bar: #6ea8fe; --second: #fbbf24;
  --third: #f472b6; --good: #4ade80; --bad: #f87171; } }
body { background: var(--paper); color: var(--ink); margin: 2rem auto; padding: 0 1rem;
  max-width: 60rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.target { color: var(--faint); margin-top: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
td:first-child, td.number { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; min-width: 40rem; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
svg .axis { stroke: var(--line); } svg .bar { fill: var(--bar); }
svg .line { fill: none; stroke: var(--bar); stroke-width: 2; }
svg .second { fill: none; stroke: var(--second); stroke-width: 2; }
svg .third { fill: none; stroke: var(--third); stroke-width: 2; }
svg .first-word { fill: var(--bar); } svg .second-word { fill: var(--second); }
svg .third-word { fill: var(--third); }
.passed { color: var(--good); } .failed { color: var(--bad); }
"""


def render_html(document: Document) -> str:
    """Render a report; whatever a peer said is escaped."""
    parts = [
        *_render_verdict(document),
        *render_table(("", ""), list_facts(document), numbers=()),
        *_render_charts(document),
        *render_errors(document),
        *_render_runs(document),
    ]
    return render_page(document, parts)


def render_page(document: Document, parts: Iterable[str]) -> str:
    """Render the page around what is shown of a report, with the report in it."""
    kind = escape(document["kind"])
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>wstool bench: {kind}</title><style>{_STYLE}</style></head><body>",
        f"<h1>wstool bench: {kind}</h1>",
        f'<p class="target">{escape(document.get("target", ""))}, '
        f"{escape(document.get('started', ''))}</p>",
        *parts,
        *_render_data(document),
        "</body></html>",
    ]
    return "\n".join([*lines, ""])


def _render_verdict(document: Document) -> Iterator[str]:
    verdict = document.get("verdict")
    if verdict:
        style = "passed" if verdict["passed"] else "failed"
        yield f'<p class="{style}"><strong>{escape(verdict["text"])}</strong></p>'


def _render_charts(document: Document) -> Iterator[str]:
    latency = read_histogram(document, "latency")
    if latency.count:
        yield "<h2>Latency</h2>"
        yield draw_histogram(latency)
        yield "<h2>Percentiles</h2>"
        yield draw_percentiles(latency)
        yield from _render_percentiles(document)
    if len(document["timeline"]) > 1:
        yield "<h2>Over time</h2>"
        yield draw_timeline(document["timeline"])


def _render_percentiles(document: Document) -> Iterator[str]:
    part = document["latency"]
    if part:
        rows = [
            (f"p{percent}", render_duration(float(value) * 1e6))
            for percent, value in part["percentiles_ms"].items()
        ]
        yield from render_table(("percentile", "at most"), rows)


def render_errors(document: Document) -> Iterator[str]:
    """Render the errors of a report, if there are any."""
    if document["errors"]:
        yield "<h2>Errors</h2>"
        rows = [
            (str(error["kind"]), render_count(error["times"]), str(error["text"]))
            for error in document["errors"]
        ]
        yield from render_table(("error", "times", "the first one"), rows, numbers=(1,))


def _render_runs(document: Document) -> Iterator[str]:
    if len(document["runs"]) > 1:
        yield "<h2>Runs</h2>"
        rows = [
            (
                str(number),
                render_rate(run["rate"]),
                render_duration(run["p50_ms"] * 1e6),
                render_duration(run["p99_ms"] * 1e6),
            )
            for number, run in enumerate(document["runs"], 1)
        ]
        yield from render_table(("run", "rate", "p50", "p99"), rows)


def _render_data(document: Document) -> Iterator[str]:
    """Put the whole report in, so that the file is all one needs."""
    # Within a script nothing but its end tag is markup.
    data = json.dumps(document).replace("<", "\\u003c")
    yield f'<script type="application/json" id="report">{data}</script>'


def render_table(
    head: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    numbers: Collection[int] | None = None,
) -> Iterator[str]:
    """
    Render a table.

    Args:
        numbers: Which columns hold numbers; None for all but the first. Without any,
            the first one says what the others are.
    """
    if numbers is None:
        numbers = range(1, len(head))
    yield '<div class="wide"><table>'
    if any(head):
        cells = "".join(_cell("th", cell, numbers, i) for i, cell in enumerate(head))
        yield f"<tr>{cells}</tr>"
    for row in rows:
        cells = "".join(_cell("td", cell, numbers, i) for i, cell in enumerate(row))
        yield f"<tr>{cells}</tr>"
    yield "</table></div>"


def _cell(tag: str, text: str, numbers: Collection[int], index: int) -> str:
    if index == 0 and not numbers:
        tag = "th"
    style = ' class="number"' if index in numbers else ""
    return f"<{tag}{style}>{escape(text)}</{tag}>"


def escape(text: object) -> str:
    """Escape what may be a peer's."""
    return html.escape(escape_text(str(text)))
