"""Reports."""

from __future__ import annotations

import copy
import json

import pytest

from wstool.services.bench.meter import Failure
from wstool.services.bench.options import Kind
from wstool.services.bench.report import (
    add_runs,
    check_document,
    merge_documents,
    read_histogram,
)

from support.reports import make_report


def test_schema():
    """These are the keys of version 1; none goes away or changes its meaning."""
    document = json.loads(json.dumps(make_report(1, 2, 3)))

    assert check_document(document) is None
    assert (document["format"], document["version"]) == ("wstool-bench", 1)
    assert set(document) == {
        *("format", "version", "target", "started", "load", "kind", "model"),
        *("seconds", "messages", "connections", "latency", "handshake", "lag"),
        *("errors", "falls", "timeline", "runs"),
    }
    assert set(document["messages"]) == {
        *("sent", "received", "bytes_sent", "bytes_received", "rate"),
    }
    assert set(document["latency"]) == {
        *("count", "min_ms", "mean_ms", "stddev_ms", "max_ms", "percentiles_ms", "hdr"),
    }
    assert list(document["latency"]["percentiles_ms"]) == [
        *("50", "75", "90", "95", "99", "99.9", "99.99"),
    ]
    assert document["lag"] is None


def test_rate():
    """The rate is what came in the time measured, by the time measured."""
    assert make_report(*range(1, 11), seconds=4.0)["messages"]["rate"] == 2.5


def test_merge():
    """Reports of the same time are added, and percentiles are those of all together."""
    first = make_report(*[1] * 99, errors={"x": Failure(1, "a")})
    second = make_report(*[100] * 99, errors={"x": Failure(2, "b")})
    merged = merge_documents([first, second])

    assert merged["messages"]["rate"] == 99.0
    assert merged["seconds"] == 2.0
    assert merged["latency"]["count"] == 198
    assert merged["latency"]["percentiles_ms"]["99"] == pytest.approx(100, rel=0.01)
    assert merged["latency"]["percentiles_ms"]["50"] == pytest.approx(1, rel=0.01)
    assert merged["errors"] == [{"kind": "x", "times": 3, "text": "a"}]
    assert merged["merged"] == 2
    assert [row["received"] for row in merged["timeline"]] == [198, 0]
    assert check_document(merged) is None


def test_merge_different():
    """Reports of different kinds can't be added."""
    with pytest.raises(ValueError, match="reports of echo and send can't be merged"):
        merge_documents([make_report(1), make_report(1, kind=Kind.SEND)])


def test_add_runs():
    """Runs one after another have the mean of their rates, and stay apart in a list."""
    whole = add_runs([make_report(1), make_report(1, 1, 1)])

    assert whole["messages"]["rate"] == 1.0
    assert whole["seconds"] == 4.0
    assert [run["rate"] for run in whole["runs"]] == [0.5, 1.5]
    assert read_histogram(whole, "latency").count == 4


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": "x"}, "isn't a report of wstool bench"),
        ({"version": 2}, "is a report of version 2, and this wstool reads 1"),
        ({"messages": []}, "has no 'messages' as it should be"),
        ({"messages": {}}, "has no number 'messages.sent'"),
        ({"latency": {"hdr": "zzz"}}, "has a histogram or an error that can't be read"),
        ({"latency": {"hdr": 5}}, "has a histogram or an error that can't be read"),
        ({"errors": [1]}, "has a histogram or an error that can't be read"),
    ],
)
def test_check(change, problem):
    """What isn't a report, or can't be read, is named."""
    document = copy.deepcopy(make_report(1))
    document.update(change)

    assert check_document(document) == problem


def test_check_other():
    """Neither is another value."""
    assert check_document([1]) == "isn't a report of wstool bench"
