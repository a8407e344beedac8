"""The report of a bench in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wstool.cli._bench.table import list_facts
from wstool.cli._bench.words import render_count, render_duration, render_rate
from wstool.cli._render import escape_text
from wstool.services.bench.report import Document, read_histogram


__all__ = ["render_markdown", "render_table"]

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>|#"})


def render_markdown(document: Document) -> str:
    """Render a report."""
    title = f"# wstool bench: {document['kind']}"
    lines = [title, "", *render_table(("", ""), list_facts(document))]
    latency = read_histogram(document, "latency")
    if latency.count:
        part = document["latency"]
        rows = [
            (f"p{percent}", render_duration(float(value) * 1e6))
            for percent, value in part["percentiles_ms"].items()
        ]
        lines += ["", "## Latency", "", *render_table(("percentile", "at most"), rows)]
    if document["errors"]:
        errors = [
            (str(error["kind"]), render_count(error["times"]), str(error["text"]))
            for error in document["errors"]
        ]
        head = ("error", "times", "the first one")
        lines += ["", "## Errors", "", *render_table(head, errors)]
    if len(document["runs"]) > 1:
        runs = [
            (
                str(number),
                render_rate(run["rate"]),
                render_duration(run["p50_ms"] * 1e6),
                render_duration(run["p99_ms"] * 1e6),
            )
            for number, run in enumerate(document["runs"], 1)
        ]
        lines += ["", "## Runs", "", *render_table(("run", "rate", "p50", "p99"), runs)]
    return "\n".join([*lines, ""])


def render_table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> Iterator[str]:
    """Render a table; whatever a peer said is escaped."""
    yield _row(head)
    yield _row(("---",) * len(head))
    for row in rows:
        yield _row(tuple(escape_text(cell).translate(_SPECIAL) for cell in row))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
