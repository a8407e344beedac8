"""Reports of a bench, made up."""

from __future__ import annotations

from wstool.services.bench.meter import Failure, Fall, Meter
from wstool.services.bench.options import Kind
from wstool.services.bench.report import make_document
from wstool.services.bench.tally import Tally


__all__ = ["HOSTILE", "make_hostile_report", "make_report"]


def make_report(
    *latencies, kind=Kind.ECHO, errors=None, falls=(), seconds=2.0, lag=None
):
    """Make the report of a run with such latencies, in milliseconds."""
    meter = Meter()
    for latency in latencies:
        meter.latency.record(int(latency * 1e6))
    meter.opening.record(1_000_000)
    meter.lag = lag or meter.lag
    meter.sent = meter.received = len(latencies)
    meter.opened = 2
    first = meter.take(seconds / 2)._replace(
        errors=errors or {}, falls=tuple(falls), fell=len(falls)
    )
    tally = Tally()
    tally.add(first)
    tally.add(meter.take(seconds))
    tally.add(meter.take(seconds, seconds))
    tally.finish()
    load = {"connections": 2, "depth": 1, "size": "64", "opcode": "text"}
    facts = {"target": "ws://h/", "started": "now", "load": load}
    return make_document(tally, kind, facts, loops="closed")


HOSTILE = "<script>alert(1)</script>|\x1b[31m"


def make_hostile_report():
    """Make a report of a peer that means harm."""
    return make_report(
        1,
        2,
        3,
        errors={"connection_lost": Failure(1, HOSTILE)},
        falls=[Fall(0.5, "connection_lost", HOSTILE)],
    )
