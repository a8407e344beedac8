"""Reports of comparisons, made up."""

from __future__ import annotations

from wstool.connection.segments import Segments
from wstool.services.bench.carrier import Carriage, Carrier
from wstool.services.bench.meter import Failure, Meter
from wstool.services.bench.tally import Tally
from wstool.services.bench.versus import make_column, make_versus


__all__ = ["make_comparison", "make_made_up_column"]

_CARRIAGES = {
    Carrier.WEBSOCKET: Carriage(1200, 0, 660, 0, 0, Segments(10, 10), 0.001),
    Carrier.POLLING: Carriage(1456, 5000, 3140, 10, 4, Segments(20, 10), 0.002),
    Carrier.LONG_POLLING: Carriage(1458, 5100, 3150, 10, 0, Segments(20, 10), 0.003),
}
_LATENCIES = {
    Carrier.WEBSOCKET: 1.0,
    Carrier.POLLING: 500.0,
    Carrier.LONG_POLLING: 1.5,
}


def make_made_up_column(carrier, *, errors=None, count=10, server_cpu=0.004):
    """Make the column of a carrier that brought ten messages of 64 bytes to two."""
    meter = Meter()
    if count:
        meter.latency.record(int(_LATENCIES[carrier] * 1e6), count)
    meter.received, meter.bytes_received, meter.opened = count, 64 * count, 2
    tally = Tally()
    tally.add(meter.take(0.5)._replace(errors=errors or {}))
    tally.add(meter.take(1.0, 1.0))
    tally.finish()
    return make_column(
        tally,
        carrier,
        _CARRIAGES[carrier],
        poll_interval=1.0 if carrier is Carrier.POLLING else None,
        server_cpu=server_cpu,
    )


def make_comparison(*carriers, problem="", **options):
    """
    Make a comparison; of all carriers, unless some are named.

    Args:
        problem: What the last carrier had an error with.
    """
    names = carriers or tuple(Carrier)
    columns = [make_made_up_column(carrier, **options) for carrier in names]
    if problem:
        errors = {"undelivered": Failure(3, problem)}
        columns[-1] = make_made_up_column(names[-1], errors=errors, **options)
    load = {
        "connections": 2,
        "limit": 5,
        "rate": 1.0,
        "size": "64",
        "opcode": "text",
        "poll_interval": 1.0,
    }
    return make_versus(columns, {"target": "ws://h/", "started": "now", "load": load})
