"""Conditions about a comparison, such as ``polling_p99 > 2s or errors > 0``."""

from __future__ import annotations

from collections.abc import Iterable

from wstool.services.bench.carrier import Carrier
from wstool.services.bench.criteria import WORDS, Vocabulary, list_numbers
from wstool.services.bench.report import Document


__all__ = ["list_versus_numbers", "make_words"]

# What a column has besides the numbers of a report: names, and where they are.
_COUNTS = {
    "bytes_per_message": ("bytes", "per_message"),
    "overhead_per_message": ("bytes", "overhead_per_message"),
    "requests": ("requests", "sent"),
    "empty_requests": ("requests", "empty"),
}
_DURATIONS = {
    "server_cpu_per_message": ("cpu", "server_us_per_message"),
    "client_cpu_per_message": ("cpu", "clients_us_per_message"),
}
_US_PER_MS = 1e3


def make_words(carriers: Iterable[Carrier]) -> Vocabulary:
    """Make the words for these carriers: each name with the carrier's in front."""
    prefixes = [_prefix(carrier) for carrier in carriers]

    def spell(names: Iterable[str]) -> frozenset[str]:
        return frozenset(prefix + name for prefix in prefixes for name in names)

    counts = [*WORDS.counts, *_COUNTS]
    durations = [*WORDS.durations, *_DURATIONS]
    names = sorted([*counts, *WORDS.percents]) + sorted(durations)
    return Vocabulary(
        spell(counts) | {"errors"},
        spell(WORDS.percents),
        spell(durations),
        f"errors, and behind {' or '.join(prefixes)}: {', '.join(names)}",
    )


def list_versus_numbers(document: Document) -> dict[str, float]:
    """List what a comparison has for conditions; durations are in milliseconds."""
    numbers = {"errors": float(sum(error["times"] for error in document["errors"]))}
    for column in document["carriers"]:
        found = list_numbers(column)
        for name, (part, key) in _COUNTS.items():
            found[name] = float(column[part][key] or 0)
        for name, (part, key) in _DURATIONS.items():
            found[name] = float(column[part][key] or 0) / _US_PER_MS
        prefix = _prefix(Carrier(column["carrier"]))
        numbers.update({prefix + name: value for name, value in found.items()})
    return numbers


def _prefix(carrier: Carrier) -> str:
    return carrier.value.replace("-", "_") + "_"
