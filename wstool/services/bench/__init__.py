"""
A load generator on the shared core.

One handler has all connections of a process, and everything flows in batches: no task,
queue or timer for a connection or a message. What is measured leaves as samples, whose
histograms are added wherever they come together: of all processes, or machines.
"""

from __future__ import annotations

from wstool.services.bench.meter import Failure, Fall, Sample
from wstool.services.bench.options import Kind, Load, Pace
from wstool.services.bench.run import run_load
from wstool.services.bench.stamp import STAMP_SIZE
from wstool.services.bench.supply import Supply, make_payloads


__all__ = [
    "STAMP_SIZE",
    "Failure",
    "Fall",
    "Kind",
    "Load",
    "Pace",
    "Sample",
    "Supply",
    "make_payloads",
    "run_load",
]
