"""
Reports: what was measured, as a document that JSON can hold.

The document says which version of its schema it follows. A reader of a version takes
all documents of that version; keys may be added, none are removed or change meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wstool.measure.histogram import Histogram
from wstool.services.bench.options import Kind
from wstool.services.bench.tally import Tally


__all__ = [
    "FORMAT",
    "PERCENTILES",
    "VERSION",
    "Document",
    "add_runs",
    "check_document",
    "make_document",
    "merge_documents",
    "read_histogram",
]

Document = dict[str, Any]

FORMAT = "wstool-bench"
VERSION = 1
PERCENTILES = (50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99)

_NS_PER_MS = 1e6
_SUMS = ("sent", "received", "bytes_sent", "bytes_received")
_HISTOGRAMS = ("latency", "handshake", "lag")


def make_document(tally: Tally, kind: Kind, facts: Document, *, loops: str) -> Document:
    """
    Make the document of a run.

    Args:
        facts: What is known beforehand: target, load, machine and so on.
        loops: ``open`` or ``closed``.
    """
    seconds = tally.measured
    count = tally.sent if kind is Kind.SEND else tally.in_time[1]
    if kind is Kind.CONNECT:
        count = tally.received
    rate = count / seconds if seconds else 0.0
    return {
        "format": FORMAT,
        "version": VERSION,
        **facts,
        "kind": kind.value,
        "model": loops,
        "seconds": round(seconds, 6),
        "messages": {
            "sent": tally.sent,
            "received": tally.received,
            "bytes_sent": tally.bytes_sent,
            "bytes_received": tally.bytes_received,
            "rate": round(rate, 3),
        },
        "connections": {"opened": tally.opened, "fell": tally.fell},
        "latency": _describe(tally.latency),
        "handshake": _describe(tally.opening),
        "lag": _describe(tally.lag),
        "errors": [
            {"kind": name, "times": failure.times, "text": failure.text}
            for name, failure in sorted(tally.errors.items())
        ],
        "falls": [fall._asdict() for fall in tally.falls],
        "timeline": [
            {
                "second": row.second,
                "sent": row.sent,
                "received": row.received,
                "errors": row.errors,
                "open": row.open,
                "p50_ms": _to_ms(row.p50),
                "p99_ms": _to_ms(row.p99),
            }
            for row in tally.rows
        ],
        "runs": [_describe_run(rate, tally.latency, tally.error_count)],
    }


def read_histogram(document: Document, name: str) -> Histogram:
    """Read a histogram of a document; empty if it has none by that name."""
    part = document.get(name)
    return Histogram.decode(part["hdr"]) if part else Histogram()


def check_document(document: object) -> str | None:
    """Find out what keeps a value from being a document of this version, in words."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return "isn't a report of wstool bench"
    version = document.get("version")
    if version != VERSION:
        return f"is a report of version {version!r}, and this wstool reads {VERSION}"
    shapes = {
        **dict.fromkeys(("messages", "connections", "load"), dict),
        **dict.fromkeys(("errors", "falls", "timeline", "runs"), list),
        **dict.fromkeys(("kind", "model"), str),
    }
    for key, shape in shapes.items():
        if not isinstance(document.get(key), shape):
            return f"has no {key!r} as it should be"
    numbers = document["messages"]
    for key in (*_SUMS, "rate"):
        if not isinstance(numbers.get(key), int | float):
            return f"has no number 'messages.{key}'"
    try:
        for name in _HISTOGRAMS:
            read_histogram(document, name)
        _merge_errors([document])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "has a histogram or an error that can't be read"
    return None


def add_runs(documents: Sequence[Document]) -> Document:
    """Add the documents of runs one after another: the same load, repeated."""
    whole = _add(documents)
    seconds = sum(document["seconds"] for document in documents)
    rates = [document["messages"]["rate"] for document in documents]
    whole["seconds"] = round(seconds, 6)
    whole["messages"]["rate"] = round(sum(rates) / len(rates), 3)
    return whole


def merge_documents(documents: Sequence[Document]) -> Document:
    """
    Add documents of runs at the same time, on several machines.

    Raises:
        ValueError: If they measure different things.
    """
    kinds = sorted({document["kind"] for document in documents})
    if len(kinds) > 1:
        raise ValueError(f"reports of {' and '.join(kinds)} can't be merged")
    whole = _add(documents)
    whole["seconds"] = max(document["seconds"] for document in documents)
    rate = sum(document["messages"]["rate"] for document in documents)
    whole["messages"]["rate"] = round(rate, 3)
    whole["merged"] = sum(document.get("merged", 1) for document in documents)
    errors = sum(error["times"] for error in whole["errors"])
    whole["runs"] = [_describe_run(rate, read_histogram(whole, "latency"), errors)]
    whole["timeline"] = _merge_timelines(documents)
    return whole


def _add(documents: Sequence[Document]) -> Document:
    whole = dict(documents[0])
    whole["messages"] = {
        key: sum(document["messages"][key] for document in documents) for key in _SUMS
    }
    whole["connections"] = {
        key: sum(document["connections"].get(key, 0) for document in documents)
        for key in ("opened", "fell")
    }
    for name in _HISTOGRAMS:
        histogram = Histogram()
        for document in documents:
            histogram.add(read_histogram(document, name))
        whole[name] = _describe(histogram)
    whole["errors"] = _merge_errors(documents)
    for key in ("falls", "runs", "timeline"):
        whole[key] = [item for document in documents for item in document[key]]
    return whole


def _merge_errors(documents: Sequence[Document]) -> list[Document]:
    merged: dict[str, Document] = {}
    for document in documents:
        for error in document["errors"]:
            name, text = str(error["kind"]), str(error["text"])
            entry = {"kind": name, "times": 0, "text": text}
            merged.setdefault(name, entry)["times"] += int(error["times"])
    return [merged[name] for name in sorted(merged)]


def _merge_timelines(documents: Sequence[Document]) -> list[Document]:
    """Add what can be added; percentiles of a second can't."""
    seconds: dict[int, Document] = {}
    for document in documents:
        for row in document["timeline"]:
            merged = seconds.setdefault(row["second"], {"second": row["second"]})
            for key in ("sent", "received", "errors", "open"):
                merged[key] = merged.get(key, 0) + row.get(key, 0)
    return [seconds[number] for number in sorted(seconds)]


def _describe(histogram: Histogram) -> Document | None:
    if not histogram.count:
        return None
    return {
        "count": histogram.count,
        "min_ms": _to_ms(histogram.minimum),
        "mean_ms": _to_ms(histogram.mean),
        "stddev_ms": _to_ms(histogram.deviation),
        "max_ms": _to_ms(histogram.maximum),
        "percentiles_ms": {
            f"{percent:g}": _to_ms(histogram.percentile(percent))
            for percent in PERCENTILES
        },
        "hdr": histogram.encode(),
    }


def _describe_run(rate: float, latency: Histogram, errors: int) -> Document:
    return {
        "rate": round(rate, 3),
        "p50_ms": _to_ms(latency.percentile(50)),
        "p99_ms": _to_ms(latency.percentile(99)),
        "errors": errors,
    }


def _to_ms(nanoseconds: float) -> float:
    return round(nanoseconds / _NS_PER_MS, 6)
