"""The difference between two reports, and whether it is more than noise."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from wstool.services.bench.criteria import list_numbers
from wstool.services.bench.report import Document


__all__ = ["Difference", "compare_documents", "describe_noise"]

_SHOWN = (
    ("rate", "rate", False),
    ("p50", "p50_ms", True),
    ("p90", None, True),
    ("p99", "p99_ms", True),
    ("p999", None, True),
    ("max", None, True),
    ("errors", "errors", True),
)
# With fewer runs on each side there is no saying what is noise.
_MIN_RUNS = 3


class Difference(NamedTuple):
    """A number in both reports."""

    name: str
    before: float
    after: float
    less_is_better: bool
    ranges: tuple[tuple[float, float], tuple[float, float]] | None
    """Smallest and largest value of the runs on each side; None if there are few."""

    @property
    def percent(self) -> float | None:
        """The change in percent; None from 0."""
        if not self.before:
            return None
        return 100.0 * (self.after - self.before) / self.before

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``the same``, ``noise`` or ``unknown``."""
        if self.after == self.before:
            return "the same"
        if self.ranges is None:
            return "unknown"
        (low, high), (other_low, other_high) = self.ranges
        if other_low <= high and low <= other_high:
            return "noise"
        return (
            "better" if (self.after < self.before) == self.less_is_better else "worse"
        )


def compare_documents(before: Document, after: Document) -> list[Difference]:
    """Compare two reports, number by number."""
    numbers, others = list_numbers(before), list_numbers(after)
    return [
        Difference(
            name,
            numbers[name],
            others[name],
            less_is_better,
            _find_ranges(before["runs"], after["runs"], key),
        )
        for name, key, less_is_better in _SHOWN
    ]


def describe_noise(before: Document, after: Document) -> str:
    """Say what the runs allow to conclude."""
    counts = len(before["runs"]), len(after["runs"])
    if min(counts) < _MIN_RUNS:
        return (
            f"{counts[0]} and {counts[1]} runs: too few to tell a difference from "
            f"noise (make both reports with --repeat {_MIN_RUNS} or more)"
        )
    spreads = [_spread(document["runs"], "rate") for document in (before, after)]
    return (
        f"{counts[0]} and {counts[1]} runs, whose rates vary by {spreads[0]:.1f} % and "
        f"{spreads[1]:.1f} %; a difference counts where the runs of one report are all "
        "beyond those of the other"
    )


def _spread(runs: Sequence[Document], key: str) -> float:
    """Give the standard deviation in percent of the mean."""
    values = [float(run[key]) for run in runs]
    mean = statistics.fmean(values)
    return 100.0 * statistics.stdev(values) / mean if mean else 0.0


def _find_ranges(
    before: Sequence[Document], after: Sequence[Document], key: str | None
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    if key is None or min(len(before), len(after)) < _MIN_RUNS:
        return None
    values = [[float(run[key]) for run in runs] for runs in (before, after)]
    first, second = values
    return (min(first), max(first)), (min(second), max(second))
