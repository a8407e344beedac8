"""
Reports of a comparison: a report for each carrier, side by side in one document.

The figures at the document's top are sums; latencies of different carriers don't add.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wstool.services.bench.carrier import Carriage, Carrier
from wstool.services.bench.options import Kind
from wstool.services.bench.report import (
    FORMAT,
    VERSION,
    Document,
    add_runs,
    make_document,
    read_histogram,
)
from wstool.services.bench.tally import Tally


__all__ = [
    "KIND",
    "SEGMENT_HEADERS",
    "add_columns",
    "describe_verdict",
    "make_column",
    "make_versus",
    "name_carrier",
]

KIND = "versus"
"""The ``kind`` of such a document."""

SEGMENT_HEADERS = 52
"""Bytes of IP and TCP headers of a segment, with time stamps; as ``estimate`` says."""

_NAMES = {
    Carrier.WEBSOCKET: "WebSocket",
    Carrier.POLLING: "polling",
    Carrier.LONG_POLLING: "long polling",
}


def name_carrier(column: Document) -> str:
    """Name the carrier of a column."""
    return _NAMES[Carrier(column["carrier"])]


def make_column(
    tally: Tally,
    carrier: Carrier,
    carriage: Carriage,
    *,
    poll_interval: float | None,
    server_cpu: float | None,
) -> Document:
    """
    Make the column of a carrier.

    Args:
        server_cpu: Seconds of CPU that the server took; None if that isn't known.
    """
    document = make_document(tally, Kind.FANOUT, {}, loops="open")
    for key in ("format", "version", "kind", "model"):
        del document[key]
    segments = carriage.segments
    column = {
        "carrier": carrier.value,
        "poll_interval": poll_interval,
        **document,
        "bytes": {
            "opening": carriage.opening_bytes,
            "sent": carriage.bytes_sent,
            "received": carriage.bytes_received,
        },
        "requests": {"sent": carriage.requests, "empty": carriage.empty},
        "segments": None if segments is None else segments._asdict(),
        "cpu": {"clients": carriage.cpu, "server": server_cpu},
    }
    return _divide(column)


def add_columns(columns: Sequence[Document]) -> Document:
    """Add the columns of a carrier, of one run after another."""
    whole = add_runs(columns)
    for part in ("bytes", "requests", "cpu"):
        whole[part] = _add_parts([column[part] for column in columns])
    segments = [column["segments"] for column in columns]
    whole["segments"] = None if None in segments else _add_parts(segments)
    return _divide(whole)


def make_versus(columns: Sequence[Document], facts: Document) -> Document:
    """
    Make the document of a comparison.

    Args:
        columns: One for each carrier, that of WebSocket first.
        facts: What is known beforehand: target, load, machine and so on.
    """
    messages = _add_parts([column["messages"] for column in columns])
    messages["rate"] = round(messages["rate"], 3)
    return {
        "format": FORMAT,
        "version": VERSION,
        **facts,
        "kind": KIND,
        "model": "open",
        "seconds": round(sum(column["seconds"] for column in columns), 6),
        "messages": messages,
        "connections": _add_parts([column["connections"] for column in columns]),
        "latency": None,
        "handshake": None,
        "lag": None,
        "errors": [
            {**error, "text": f"{name_carrier(column)}: {error['text']}"}
            for column in columns
            for error in column["errors"]
        ],
        "falls": [fall for column in columns for fall in column["falls"]],
        "timeline": [],
        "runs": [],
        "carriers": list(columns),
    }


def describe_verdict(document: Document) -> Iterator[str]:
    """Say in a sentence for each other carrier what it costs beside WebSocket."""
    first, *others = document["carriers"]
    for column in others:
        parts = list(_compare(first, column))
        name = name_carrier(column)
        interval = column["poll_interval"]
        every = "" if interval is None else f" every {interval:g} s"
        subject = f"{name.capitalize()}{every}"
        if not parts:
            yield f"{subject} and WebSocket can't be compared: nothing was delivered."
            continue
        *most, last = parts
        text = f"{', '.join(most)} and {last}" if most else last
        yield f"{subject}, beside WebSocket: {text}."


def _compare(first: Document, other: Document) -> Iterator[str]:
    means = [read_histogram(column, "latency").mean for column in (first, other)]
    if all(means):
        yield f"{_render_ratio(means[1] / means[0])} the mean latency"
    for part, key, text in (
        ("bytes", "per_message", "the bytes"),
        ("cpu", "server_us_per_message", "the server's CPU"),
        ("cpu", "clients_us_per_message", "the clients' CPU"),
    ):
        numbers = first[part].get(key), other[part].get(key)
        if all(numbers):
            yield f"{_render_ratio(numbers[1] / numbers[0])} {text}"


def _render_ratio(ratio: float) -> str:
    decimals = 0 if ratio >= 9.95 else 1 if ratio >= 0.995 else 2
    return f"{ratio:,.{decimals}f} times"


def _divide(column: Document) -> Document:
    """Put in what it took for each message."""
    counts, requests, cpu = column["bytes"], column["requests"], column["cpu"]
    received = column["messages"]["received"]
    wire = counts["sent"] + counts["received"]
    payload = column["messages"]["bytes_received"]
    asked = requests["sent"]
    segments = column["segments"]
    whole: float | None = None
    if segments is not None and received:
        number = segments["sent"] + segments["received"]
        whole = round((wire + number * SEGMENT_HEADERS) / received, 3)
    counts["per_message"] = round(wire / received, 3) if received else None
    counts["overhead_per_message"] = (
        round((wire - payload) / received, 3) if received else None
    )
    counts["with_tcp_ip_per_message"] = whole
    # Whoever polls sends requests only, and gets the payload within responses.
    requests["bytes"] = round(counts["sent"] / asked, 3) if asked else None
    requests["response_bytes"] = (
        round((counts["received"] - payload) / asked, 3) if asked else None
    )
    for name in ("clients", "server"):
        used = cpu.get(name)
        known = used is not None and received
        cpu[name] = None if used is None else round(used, 6)
        cpu[f"{name}_us_per_message"] = (
            round(used * 1e6 / received, 3) if known else None
        )
    return column


def _add_parts(parts: Sequence[Document]) -> Document:
    """Add the numbers by their names; quotients are made anew."""
    return {
        key: sum(part[key] for part in parts)
        for key in parts[0]
        if all(isinstance(part[key], int | float) for part in parts)
    }
