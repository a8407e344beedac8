"""
The cases of the Autobahn test suite, and which of them a run takes.

A group is a prefix of case numbers. The numbers of cases are 0.8.2's, stated here and
not read from a report, so that a run that ended early can't pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple


__all__ = ["CASE_COUNTS", "Selection", "select_all", "select_named", "select_quick"]

CASE_COUNTS = {
    "1": 16,
    "2": 11,
    "3": 7,
    "4": 10,
    "5": 20,
    "6": 145,
    "7": 37,
    "9": 54,
    "10": 1,
    **{f"12.{number}": 18 for number in range(1, 6)},
    **{f"13.{number}": 18 for number in range(1, 8)},
}

# Limits and performance (9) and compression (12, 13) take minutes in full. Here is one
# of each kind: large messages of both types, whole, in fragments and in small pieces,
# round trips, and for each compression setting a small and a large message.
QUICK_SAMPLE = [
    *("9.1.6", "9.2.6", "9.3.1", "9.4.1", "9.5.6", "9.6.6", "9.7.1", "9.8.1"),
    *(f"12.{number}.{size}" for number in range(1, 6) for size in (4, 11)),
    *(f"13.{number}.{size}" for number in range(1, 8) for size in (4, 11)),
]

# Groups that take about as long as the others together, for two runs side by side.
FIRST_SHARD = ["12.1", "12.2", "13.1", "13.2", "13.3", "13.4"]


class Selection(NamedTuple):
    """
    Cases to run together.

    Attributes:
        patterns: Case numbers, or prefixes that end in ``.*``.
        case_count: How many cases they are, or None when that isn't known beforehand.
    """

    patterns: list[str]
    case_count: int | None

    def count_without(self, excluded: Iterable[str]) -> int | None:
        """Count the cases that are left when some are excluded."""
        if self.case_count is None:
            return None
        return self.case_count - sum(
            any(fnmatchcase(number, pattern) for pattern in self.patterns)
            for number in excluded
        )


def select_quick() -> list[Selection]:
    """Select all cases of the fast groups and a sample of the slow ones."""
    fast = [
        group for group in CASE_COUNTS if group.split(".")[0] not in ("9", "12", "13")
    ]
    groups = _select_groups(fast)
    return [
        Selection(
            groups.patterns + QUICK_SAMPLE,
            sum(CASE_COUNTS[group] for group in fast) + len(QUICK_SAMPLE),
        )
    ]


def select_all() -> list[Selection]:
    """Select every case, in two parts to be run side by side."""
    rest = [group for group in CASE_COUNTS if group not in FIRST_SHARD]
    return [_select_groups(FIRST_SHARD), _select_groups(rest)]


def select_named(patterns: list[str]) -> list[Selection]:
    """Select the cases that a person named."""
    whole = all("*" not in pattern for pattern in patterns)
    return [Selection(patterns, len(set(patterns)) if whole else None)]


def _select_groups(groups: Iterable[str]) -> Selection:
    """Select whole groups."""
    groups = list(groups)
    return Selection(
        [f"{group}.*" for group in groups],
        sum(CASE_COUNTS[group] for group in groups),
    )
