"""The result of a comparison as text: a column for each carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap

from wstool.cli._bench.table import MODELS, list_errors
from wstool.cli._bench.words import render_count, render_duration, render_rate
from wstool.cli._render import escape_text
from wstool.measure.histogram import Histogram
from wstool.services.bench.report import Document, read_histogram
from wstool.services.bench.versus import describe_verdict, name_carrier


__all__ = ["list_heads", "list_rows", "list_versus_facts", "render_versus"]

_LABEL = 12
_WIDEST = 100
_NOTHING = "–"


def render_versus(document: Document, columns: int) -> str:
    """Render a comparison for a terminal of this width."""
    lines = [f"{name:<{_LABEL}} {text}" for name, text in list_versus_facts(document)]
    table = [("", *list_heads(document)), *list_rows(document)]
    first = max(len(row[0]) for row in table)
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)][1:]
    lines.append("")
    for name, *cells in table:
        text = "".join(
            f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
        )
        lines.append(f"{name:<{first}}{text}")
    lines.append("")
    for column in document["carriers"]:
        lines += [f"{name_carrier(column)}: {line}" for line in list_errors(column)]
    for sentence in describe_verdict(document):
        lines += wrap(sentence, min(columns, _WIDEST))
    return "\n".join(lines).rstrip() + "\n"


def list_versus_facts(document: Document) -> Iterator[tuple[str, str]]:
    """Give names and texts of what a report says first."""
    load = document["load"]
    messages = "1 message" if load["limit"] == 1 else f"{load['limit']:,} messages"
    yield document["kind"], escape_text(str(document.get("target", "")))
    clients = load["connections"]
    get = "1 client gets" if clients == 1 else f"{clients:,} clients each get"
    rate, size = render_rate(load["rate"]), f"{load['size']} bytes {load['opcode']}"
    yield "load", f"{get} {messages}, {rate} of {size}"
    yield "model", MODELS["open"]
    runs = max(len(column["runs"]) for column in document["carriers"])
    if runs > 1:
        yield "runs", f"{runs} of each, in turn"


def list_heads(document: Document) -> list[str]:
    """Give the heads of the columns."""
    return [_name(column) for column in document["carriers"]]


def list_rows(document: Document) -> Iterator[tuple[str, ...]]:
    """Give the rows: a name, and a cell for each carrier."""
    columns = document["carriers"]
    latencies = [read_histogram(column, "latency") for column in columns]
    for name, render in _ROWS:
        yield name, *(render(column) for column in columns)
        if name == _BEFORE_LATENCY:
            for label, read in _LATENCIES:
                yield (
                    f"latency, {label}",
                    *(render_duration(read(found)) for found in latencies),
                )


def _name(column: Document) -> str:
    interval = column["poll_interval"]
    name = name_carrier(column)
    return name if interval is None else f"{name}, {interval:g} s"


def _number(part: str, key: str) -> Callable[[Document], str]:
    def render(column: Document) -> str:
        value = column[part] and column[part].get(key)
        if value is None:
            return _NOTHING
        # Those of a few bytes are worth a decimal.
        decimals = 1 if isinstance(value, float) and 0 < value < 100 else 0
        return f"{value:,.{decimals}f}"

    return render


def _cpu(key: str) -> Callable[[Document], str]:
    def render(column: Document) -> str:
        value = column["cpu"][key]
        return _NOTHING if value is None else render_duration(value * 1e3)

    return render


def _render_opening(column: Document) -> str:
    opened = column["connections"]["opened"]
    return render_count(column["bytes"]["opening"] / opened) if opened else _NOTHING


def _render_segments(column: Document) -> str:
    segments, received = column["segments"], column["messages"]["received"]
    if segments is None or not received:
        return _NOTHING
    return f"{(segments['sent'] + segments['received']) / received:.2f}"


_BEFORE_LATENCY = "delivered"
_ROWS: tuple[tuple[str, Callable[[Document], str]], ...] = (
    (_BEFORE_LATENCY, _number("messages", "received")),
    ("requests", _number("requests", "sent")),
    ("requests without a message", _number("requests", "empty")),
    ("bytes a message, both ways", _number("bytes", "per_message")),
    ("  framing, or HTTP", _number("bytes", "overhead_per_message")),
    ("  with TCP/IP headers", _number("bytes", "with_tcp_ip_per_message")),
    ("TCP segments a message", _render_segments),
    ("bytes of a request", _number("requests", "bytes")),
    ("bytes of a bare response", _number("requests", "response_bytes")),
    ("bytes to open a connection", _render_opening),
    ("CPU a message, server", _cpu("server_us_per_message")),
    ("CPU a message, clients", _cpu("clients_us_per_message")),
)
_LATENCIES: tuple[tuple[str, Callable[[Histogram], float]], ...] = (
    ("min", lambda found: found.minimum),
    ("mean", lambda found: found.mean),
    ("p50", lambda found: found.percentile(50)),
    ("p99", lambda found: found.percentile(99)),
    ("max", lambda found: found.maximum),
)
