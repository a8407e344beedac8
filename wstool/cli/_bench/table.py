"""The result of a bench as text: a table, a histogram, a percentile plot."""

from __future__ import annotations

from collections.abc import Iterator

from wstool.cli._bench.plots import render_histogram, render_percentiles
from wstool.cli._bench.words import (
    render_bytes,
    render_count,
    render_duration,
    render_rate,
)
from wstool.cli._render import escape_text, shorten
from wstool.services.bench.report import Document, read_histogram


__all__ = ["MODELS", "UNITS", "list_errors", "list_facts", "render_result"]

MODELS = {
    "open": "open: latency counts from when a message should have left",
    "closed": "closed: a reply lets the next message go; a stall hides what it delays",
}
"""What the two ways to make load mean for the latency."""

UNITS = {
    "echo": "replies",
    "send": "messages sent",
    "receive": "messages received",
    "fanout": "deliveries",
    "connect": "handshakes",
    "idle": "messages received",
}
"""What the rate of each kind counts."""

_WIDEST = 100
_LABEL = 12
_MAX_FALLS = 5


def render_result(document: Document, columns: int) -> str:
    """Render a report for a terminal of this width."""
    columns = min(columns, _WIDEST)
    lines = [f"{name:<{_LABEL}} {text}" for name, text in list_facts(document)]
    lines += _list_failures(document, columns)
    latency = read_histogram(document, "latency")
    if latency.count:
        title = "handshakes" if document["kind"] == "connect" else "latency"
        lines += [
            "",
            f"{title} up to, and how many",
            *render_histogram(latency, columns),
        ]
        lines += ["", "percentiles", *render_percentiles(latency, columns)]
    return "\n".join([*lines, ""])


def list_facts(document: Document) -> Iterator[tuple[str, str]]:
    """Give names and texts of what a report says first."""
    kind, load = document["kind"], document["load"]
    yield kind, escape_text(str(document.get("target", "")))
    yield "load", _describe_load(document)
    if kind in ("echo", "fanout", "connect"):
        model = str(document["model"])
        yield "model", MODELS.get(model, model)
    messages, connections = document["messages"], document["connections"]
    yield (
        "rate",
        f"{render_rate(messages['rate'])} {UNITS.get(kind, 'messages')} for "
        f"{document['seconds']:.2f} s",
    )
    yield (
        "messages",
        f"{render_count(messages['sent'])} sent "
        f"({render_bytes(messages['bytes_sent'])}), "
        f"{render_count(messages['received'])} received "
        f"({render_bytes(messages['bytes_received'])})",
    )
    fell = f", {render_count(connections['fell'])} fell" if connections["fell"] else ""
    yield "connections", f"{render_count(connections['opened'])} opened{fell}"
    if kind != "connect" and document.get("handshake"):
        yield "handshake", _describe_histogram(document, "handshake")
    if document.get("latency"):
        yield "latency", _describe_histogram(document, "latency")
    if document.get("lag"):
        yield "sent late", _describe_histogram(document, "lag")
    if load.get("profile"):
        verdict = document.get("verdict") or {}
        yield "profile", f"{load['profile']}: {verdict.get('text', '')}"
    if len(document["runs"]) > 1:
        rates = [run["rate"] for run in document["runs"]]
        low, high = render_rate(min(rates)), render_rate(max(rates))
        yield "runs", f"{len(rates)}, from {low} to {high}"
    if document.get("merged", 1) > 1:
        yield "merged", f"{document['merged']} reports"


def _describe_load(document: Document) -> str:
    load = document["load"]
    parts = [f"{load.get('connections', 0)} connections"]
    if load.get("publishers"):
        parts.append(f"{load['publishers']} publishers")
    if load.get("rate"):
        parts.append(render_rate(load["rate"]))
    elif document["kind"] in ("echo", "fanout"):
        parts.append(f"{load.get('depth', 1)} in flight")
    if document["kind"] not in ("connect", "idle", "receive"):
        parts.append(f"{load.get('size', '')} bytes {load.get('opcode', '')}".strip())
    if load.get("workers", 1) > 1:
        parts.append(f"{load['workers']} workers")
    return ", ".join(parts)


def _describe_histogram(document: Document, name: str) -> str:
    histogram = read_histogram(document, name)
    return ", ".join(
        f"{label} {render_duration(value)}"
        for label, value in (
            ("min", histogram.minimum),
            ("p50", histogram.percentile(50)),
            ("p99", histogram.percentile(99)),
            ("p99.9", histogram.percentile(99.9)),
            ("max", histogram.maximum),
        )
    )


def list_errors(document: Document) -> Iterator[str]:
    """Give a line for each kind of error: how many, and the first."""
    for error in document["errors"]:
        text = escape_text(str(error["text"]))
        yield f"{error['times']} {error['kind']}: {text}"


def _list_failures(document: Document, columns: int) -> Iterator[str]:
    for error in list_errors(document):
        yield shorten(f"{'errors':<{_LABEL}} {error}", columns)
    for fall in document["falls"][:_MAX_FALLS]:
        text = escape_text(str(fall["text"]))
        line = f"{'fell':<{_LABEL}} after {fall['after']:.1f} s: {text}"
        yield shorten(line, columns)
    more = document["connections"]["fell"] - _MAX_FALLS
    if more > 0:
        yield f"{'fell':<{_LABEL}} and {more} more"
