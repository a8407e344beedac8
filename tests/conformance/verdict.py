"""Reading a judge's reports: what passed, what didn't, what is missing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple


__all__ = ["Verdict", "compare", "read_verdict"]

# INFORMATIONAL cases have no right answer.
GOOD = {"OK", "INFORMATIONAL"}


class Verdict(NamedTuple):
    """What the judge said of one role."""

    case_count: int
    expected_count: int | None
    behavior: Counter[str]
    close: Counter[str]
    faults: list[str]
    outcomes: dict[str, tuple[object, ...]]
    """What the judge saw of each case: behavior, close and close code."""

    @property
    def passed(self) -> bool:
        """Whether all cases ran and none has a fault."""
        if self.case_count == 0 or self.faults:
            return False
        return self.expected_count in (None, self.case_count)

    def render(self, role: str) -> str:
        """Render the verdict on a role as lines of text."""
        expected = "" if self.expected_count is None else f" of {self.expected_count}"
        lines = [
            f"{role}: {'passed' if self.passed else 'NOT PASSED'}, "
            f"{self.case_count}{expected} cases; "
            f"behavior: {_render_counts(self.behavior)}; "
            f"close: {_render_counts(self.close)}",
            *(f"  {fault}" for fault in self.faults),
        ]
        return "\n".join(lines)


def read_verdict(folders: list[Path], expected_count: int | None) -> Verdict:
    """
    Read the reports in some folders as one verdict.

    Args:
        folders: A folder for each part of the run.
        expected_count: How many cases there must be, or None to accept any number.
    """
    cases: dict[str, dict[str, object]] = {}
    faults = []
    for folder in folders:
        report = folder / "index.json"
        agents = json.loads(report.read_text()) if report.exists() else {}
        if len(agents) != 1:
            faults.append(f"{folder.name}: reports on {len(agents)} agents, not 1")
        for results in agents.values():
            cases.update(results)
    for number in sorted(cases, key=_sort_key):
        case = cases[number]
        if {case["behavior"], case["behaviorClose"]} - GOOD:
            faults.append(
                f"{number}: {case['behavior']}, close {case['behaviorClose']}, "
                f"code {case['remoteCloseCode']}"
            )
    return Verdict(
        len(cases),
        expected_count,
        Counter(str(case["behavior"]) for case in cases.values()),
        Counter(str(case["behaviorClose"]) for case in cases.values()),
        faults,
        {
            number: (
                case["behavior"],
                case["behaviorClose"],
                case["remoteCloseCode"],
            )
            for number, case in cases.items()
        },
    )


def compare(direct: Verdict, proxied: Verdict) -> list[str]:
    """Find the cases whose outcome isn't the same through a proxy."""
    numbers = sorted({*direct.outcomes, *proxied.outcomes}, key=_sort_key)
    return [
        f"{number}: {direct.outcomes.get(number)} directly,"
        f" {proxied.outcomes.get(number)} through the proxy"
        for number in numbers
        if direct.outcomes.get(number) != proxied.outcomes.get(number)
    ]


def _sort_key(number: str) -> list[int]:
    """Sort case numbers as numbers."""
    return [int(part) for part in number.split(".")]


def _render_counts(counts: Counter[str]) -> str:
    """Render counts, the largest first."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())
