"""The report of a comparison as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator

from wstool.cli._bench.charts import draw_histogram, draw_percentiles
from wstool.cli._bench.html import escape, render_errors, render_page, render_table
from wstool.cli._bench.versus_table import list_heads, list_rows, list_versus_facts
from wstool.services.bench.report import Document, read_histogram
from wstool.services.bench.versus import describe_verdict


__all__ = ["render_versus_html"]


def render_versus_html(document: Document) -> str:
    """Render a report; whatever a peer said is escaped."""
    parts = [
        *(f"<p>{escape(line)}</p>" for line in describe_verdict(document)),
        *render_table(("", ""), list_versus_facts(document), numbers=()),
        "<h2>Side by side</h2>",
        *render_table(("", *list_heads(document)), list_rows(document)),
        *_render_charts(document),
        *render_errors(document),
    ]
    return render_page(document, parts)


def _render_charts(document: Document) -> Iterator[str]:
    found = [
        (head, read_histogram(column, "latency"))
        for head, column in zip(list_heads(document), document["carriers"], strict=True)
    ]
    found = [(head, latency) for head, latency in found if latency.count]
    if found:
        heads, latencies = zip(*found, strict=True)
        yield "<h2>Latency over percentiles</h2>"
        yield draw_percentiles(*latencies, names=heads)
    for head, latency in found:
        yield f"<h2>Latency: {escape(head)}</h2>"
        yield draw_histogram(latency)
