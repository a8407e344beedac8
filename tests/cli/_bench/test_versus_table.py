"""The table of a comparison."""

from __future__ import annotations

from wstool.cli._bench.versus_table import render_versus
from wstool.services.bench.carrier import Carrier

from support.comparisons import make_comparison
from support.reports import HOSTILE


def test_whole():
    """All carriers stand side by side, and a sentence says how they compare."""
    assert (
        render_versus(make_comparison(), 80)
        == """\
versus       ws://h/
load         2 clients each get 5 messages, 1.00/s of 64 bytes text
model        open: latency counts from when a message should have left

                            WebSocket  polling, 1 s  long polling
delivered                          10            10            10
latency, min                  1.00 ms        500 ms       1.50 ms
latency, mean                 1.00 ms        500 ms       1.50 ms
latency, p50                  1.00 ms        500 ms       1.50 ms
latency, p99                  1.00 ms        500 ms       1.50 ms
latency, max                  1.00 ms        500 ms       1.50 ms
requests                            0            10            10
requests without a message          0             4             0
bytes a message, both ways       66.0           814           825
  framing, or HTTP                2.0           750           761
  with TCP/IP headers             170           970           981
TCP segments a message           2.00          3.00          3.00
bytes of a request                  –           500           510
bytes of a bare response            –           250           251
bytes to open a connection        600           728           729
CPU a message, server          400 µs        400 µs        400 µs
CPU a message, clients         100 µs        200 µs        300 µs

Polling every 1 s, beside WebSocket: 500 times the mean latency, 12 times the
bytes, 1.0 times the server's CPU and 2.0 times the clients' CPU.
Long polling, beside WebSocket: 1.5 times the mean latency, 12 times the bytes,
1.0 times the server's CPU and 3.0 times the clients' CPU.
"""
    )


def test_narrow():
    """It fits a terminal of 80 columns and 24 lines with one other carrier."""
    text = render_versus(make_comparison(Carrier.WEBSOCKET, Carrier.POLLING), 80)

    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 25


def test_errors():
    """Errors are told with their carrier, and nothing in them reaches the terminal."""
    text = render_versus(make_comparison(problem=HOSTILE), 80)

    assert "\nlong polling: 3 undelivered: <script>" in text
    assert "\x1b" not in text


def test_unknown():
    """What isn't known is a dash."""
    document = make_comparison(Carrier.WEBSOCKET, server_cpu=None, count=0)
    lines = render_versus(document, 80).splitlines()

    assert "CPU a message, server               –" in lines
    assert "bytes a message, both ways          –" in lines
    assert not lines[-1].startswith("Polling")


def test_one():
    """One client, and one message."""
    document = make_comparison()
    document["load"].update(connections=1, limit=1)
    assert "load         1 client gets 1 message, 1.00/s" in render_versus(document, 80)


def test_runs():
    """That there were several runs is said."""
    document = make_comparison()
    for column in document["carriers"]:
        column["runs"] *= 3

    assert "runs         3 of each, in turn" in render_versus(document, 80)
