"""Reports of a comparison."""

from __future__ import annotations

import json

from wstool.services.bench.carrier import Carrier
from wstool.services.bench.report import check_document, read_histogram
from wstool.services.bench.versus import (
    SEGMENT_HEADERS,
    add_columns,
    describe_verdict,
    name_carrier,
)
from wstool.services.estimate.constants import CONSTANTS

from support.comparisons import make_comparison, make_made_up_column


def test_document():
    """It is a report of the same format, with a column for each carrier in it."""
    document = make_comparison()

    assert check_document(json.loads(json.dumps(document))) is None
    assert (document["kind"], document["model"]) == ("versus", "open")
    assert document["latency"] is None
    assert document["messages"]["received"] == 30
    assert document["seconds"] == 3.0
    assert [c["carrier"] for c in document["carriers"]] == [c.value for c in Carrier]
    assert list(map(name_carrier, document["carriers"])) == [
        "WebSocket",
        "polling",
        "long polling",
    ]


def test_websocket():
    """A message by WebSocket costs itself and its framing."""
    column = make_made_up_column(Carrier.WEBSOCKET)

    assert column["bytes"] == {
        "opening": 1200,
        "sent": 0,
        "received": 660,
        "per_message": 66.0,
        "overhead_per_message": 2.0,
        "with_tcp_ip_per_message": 66.0 + 2 * 52,
    }
    assert column["requests"] == {
        "sent": 0,
        "empty": 0,
        "bytes": None,
        "response_bytes": None,
    }
    assert column["cpu"] == {
        "clients": 0.001,
        "server": 0.004,
        "clients_us_per_message": 100.0,
        "server_us_per_message": 400.0,
    }
    assert column["poll_interval"] is None


def test_polling():
    """By polling it costs requests, too; those without a message as well."""
    column = make_made_up_column(Carrier.POLLING)

    assert column["bytes"]["per_message"] == 814.0
    assert column["bytes"]["overhead_per_message"] == 750.0
    assert column["bytes"]["with_tcp_ip_per_message"] == 814.0 + 3 * 52
    assert column["requests"] == {
        "sent": 10,
        "empty": 4,
        "bytes": 500.0,
        "response_bytes": 250.0,
    }
    assert column["poll_interval"] == 1.0


def test_nothing_delivered():
    """Without a message nothing is known of one."""
    column = make_made_up_column(Carrier.POLLING, count=0)

    assert column["bytes"]["per_message"] is None
    assert column["cpu"]["server_us_per_message"] is None


def test_unknown():
    """What the server took may be unknown, when it is gone."""
    column = make_made_up_column(Carrier.POLLING, server_cpu=None)

    assert column["cpu"]["server"] is None
    assert column["cpu"]["server_us_per_message"] is None
    assert column["cpu"]["clients_us_per_message"] == 200.0


def test_runs():
    """Runs are added: counts, histograms and CPU; quotients are made anew."""
    column = add_columns([make_made_up_column(Carrier.POLLING) for _ in range(3)])

    assert column["messages"]["received"] == 30
    assert read_histogram(column, "latency").count == 30
    assert column["bytes"]["sent"] == 15_000
    assert column["bytes"]["per_message"] == 814.0
    assert column["segments"] == {"sent": 60, "received": 30}
    assert column["cpu"]["server"] == 0.012
    assert column["cpu"]["server_us_per_message"] == 400.0
    assert len(column["runs"]) == 3


def test_runs_with_unknowns():
    """What is unknown of one run is unknown of all of them."""
    known = make_made_up_column(Carrier.WEBSOCKET)
    unknown = make_made_up_column(Carrier.WEBSOCKET, server_cpu=None)
    unknown["segments"] = None
    column = add_columns([known, unknown])

    assert column["segments"] is None
    assert column["bytes"]["with_tcp_ip_per_message"] is None
    assert column["cpu"]["server"] is None


def test_verdict():
    """A sentence for each carrier says how it compares with WebSocket."""
    assert list(describe_verdict(make_comparison())) == [
        "Polling every 1 s, beside WebSocket: 500 times the mean latency, 12 times the "
        "bytes, 1.0 times the server's CPU and 2.0 times the clients' CPU.",
        "Long polling, beside WebSocket: 1.5 times the mean latency, 12 times the "
        "bytes, 1.0 times the server's CPU and 3.0 times the clients' CPU.",
    ]


def test_no_verdict():
    """Where nothing came there is nothing to compare; nor with WebSocket alone."""
    document = make_comparison(Carrier.WEBSOCKET, Carrier.POLLING, count=0)
    assert list(describe_verdict(document)) == [
        "Polling every 1 s and WebSocket can't be compared: nothing was delivered."
    ]
    assert list(describe_verdict(make_comparison(Carrier.WEBSOCKET))) == []


def test_errors():
    """Errors are told with their carrier."""
    document = make_comparison(problem="too late")

    assert document["errors"] == [
        {"kind": "undelivered", "times": 3, "text": "long polling: too late"}
    ]


def test_segment_headers():
    """What a segment adds is what ``estimate`` says, too."""
    constants = {constant.name: constant.value for constant in CONSTANTS}

    assert constants["ip_header"] + constants["tcp_header"] == SEGMENT_HEADERS
