"""The result of a bench as text: a table, a histogram, a percentile plot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from wstool.cli._bench.plots import render_histogram, render_percentiles
from wstool.cli._bench.words import (
    render_bytes,
    render_count,
    render_duration,
    render_rate,
)
from wstool.cli._render import escape_text
from wstool.services.bench.report import Document, read_histogram


__all__ = ["MODELS", "UNITS", "list_errors", "list_facts", "render_result"]

MODELS = {
    "open": "open: latency counts from when a message should have left",
    "closed": "closed: a reply lets the next message go; a stall hides what it delays",
}
"""What the two ways to make load mean for the latency."""
_CONNECTING = {
    "open": "open: a handshake counts from when it should have begun",
    "closed": "closed: an end lets the next begin; a stall hides what it delays",
}

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
_COLUMNS = 80
_UNIT = re.compile(r"(?<=\d) (?=[nµmk]?[sB]\b|MB|GB|sent|received)")
_GLUE = "\xa0"
_MAX_FALLS = 5
# Of this machine's own doing it is told when it is this part of the latency.
_LATE_SHARE = 0.1


def render_result(document: Document, columns: int | None) -> str:
    """
    Render a report.

    Args:
        columns: Width of the terminal; None for no terminal, where each fact and each
            error has one line, however long.
    """
    rows = [*list_facts(document), *_list_failures(document)]
    if columns is None:
        lines = [f"{name:<{_LABEL}} {text}" for name, text in rows]
    else:
        lines = [line for row in rows for line in _lay_out(*row, min(columns, _WIDEST))]
    columns = min(columns or _COLUMNS, _WIDEST)
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
        models = _CONNECTING if kind == "connect" else MODELS
        yield "model", models.get(model, model)
    yield from _describe_counts(document)
    if kind != "connect" and document.get("handshake"):
        yield "handshake", _describe_histogram(document, "handshake")
    if document.get("latency"):
        yield "latency", _describe_histogram(document, "latency")
    if document.get("lag"):
        yield "sent late", _describe_lag(document)
    if load.get("profile"):
        verdict = document.get("verdict") or {}
        yield "profile", f"{load['profile']}: {verdict.get('text', '')}"
    if len(document["runs"]) > 1:
        rates = [run["rate"] for run in document["runs"]]
        low, high = render_rate(min(rates)), render_rate(max(rates))
        yield "runs", f"{len(rates)}, from {low} to {high}"
    if document.get("merged", 1) > 1:
        yield "merged", f"{document['merged']} reports"


def _describe_counts(document: Document) -> Iterator[tuple[str, str]]:
    """Give how many messages, connections or handshakes there were."""
    kind, seconds = document["kind"], document["seconds"]
    messages, connections = document["messages"], document["connections"]
    sent, received = (render_count(messages[name]) for name in ("sent", "received"))
    opened, fell = connections["opened"], connections["fell"]
    if kind != "idle":
        rate = f"{render_rate(messages['rate'])} {UNITS.get(kind, 'messages')}"
        yield "rate", f"{rate} for {seconds:.2f} s"
    if kind == "connect":
        yield "handshakes", f"{sent} begun, {received} done"
        return
    if kind != "idle" or messages["received"]:
        sizes = [render_bytes(messages[f"bytes_{way}"]) for way in ("sent", "received")]
        text = f"{sent} sent ({sizes[0]}), {received} received ({sizes[1]})"
        yield "messages", text
    text = f"{render_count(opened)} opened"
    if fell:
        text += f", {render_count(fell)} fell"
    if kind == "idle":
        text += f", {render_count(opened - fell)} held for {seconds:.2f} s"
    yield "connections", text


def _describe_lag(document: Document) -> str:
    """Tell how late messages left, and if that is what the latency shows."""
    text = _describe_histogram(document, "lag")
    late = read_histogram(document, "lag").percentile(99)
    latency = read_histogram(document, "latency")
    if latency.count and late > _LATE_SHARE * latency.percentile(99):
        text += "; at p99 the latency is in part that of this machine, not the server"
    return text


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


def _list_failures(document: Document) -> Iterator[tuple[str, str]]:
    """Give errors, and the first falls: those that are alike together."""
    for error in list_errors(document):
        yield "errors", error
    told = 0
    alike = groupby(document["falls"], key=lambda fall: str(fall["text"]))
    for number, (text, group) in enumerate(alike):
        if number == _MAX_FALLS:
            break
        moments = [fall["after"] for fall in group]
        told += len(moments)
        # One end will do if they fell in the same tenth of a second.
        ends = dict.fromkeys(f"{end:.1f}" for end in (min(moments), max(moments)))
        span = " to ".join(ends)
        yield "fell", f"{len(moments)} after {span} s: {escape_text(text)}"
    more = document["connections"]["fell"] - told
    if more > 0:
        yield "fell", f"{render_count(more)} more"


def _lay_out(name: str, text: str, columns: int) -> Iterator[str]:
    """Break a row into lines; what doesn't fit stands under its text."""
    label, indent = f"{name:<{_LABEL}} ", " " * (_LABEL + 1)
    # A number and its unit stay together.
    whole = _UNIT.sub(_GLUE, text)
    lines = wrap(whole, max(columns - len(label), 1)) or [""]
    for number, line in enumerate(lines):
        line = line.replace(_GLUE, " ")
        yield f"{indent if number else label}{line}".rstrip()
