"""Measuring what memory something takes."""

from __future__ import annotations

import tracemalloc


__all__ = ["measure"]


def measure(run, scenario):
    """Run a scenario; give its result and the most memory that it had."""
    tracemalloc.start()
    try:
        result = run(scenario)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
