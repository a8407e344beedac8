"""
Conditions on what was measured, such as ``p99 > 50ms or errors > 0``.

    condition   = conjunction *( "or" conjunction )
    conjunction = negation *( "and" negation )
    negation    = "not" negation / "(" condition ")" / comparison
    comparison  = NAME operator NUMBER [ unit ]
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from wstool.measure.histogram import Histogram
from wstool.services.bench.report import Document, read_histogram


__all__ = [
    "DURATIONS",
    "WORDS",
    "Condition",
    "CriteriaInvalid",
    "Vocabulary",
    "list_numbers",
    "parse_condition",
]

Numbers = Mapping[str, float]
Condition = Callable[[Numbers], bool]

_TOKEN = re.compile(r"\s*(?:([<>=!]=?)|([()])|([\d.]+(?:[eE][+-]?\d+)?)|(%|[\w]+))")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}
# Durations are in milliseconds.
_UNITS = {"us": 0.001, "µs": 0.001, "ms": 1.0, "s": 1000.0}
_PERCENTILES = {
    "p50": 50.0,
    "p75": 75.0,
    "p90": 90.0,
    "p95": 95.0,
    "p99": 99.0,
    "p999": 99.9,
    "p9999": 99.99,
}
DURATIONS = frozenset(
    {*_PERCENTILES, "min", "mean", "max", "handshake_p50", "handshake_p99", "lag_p99"}
)
"""Those of them that are durations, in milliseconds."""

_PERCENTS = frozenset({"error_percent"})
_COUNTS = frozenset({"errors", "rate", "sent", "received", "opened", "fell"})


class Vocabulary(NamedTuple):
    """What conditions can be about."""

    counts: frozenset[str]
    percents: frozenset[str]
    durations: frozenset[str]
    known: str
    """What there is, in words."""

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return self.counts | self.percents | self.durations


WORDS = Vocabulary(
    _COUNTS,
    _PERCENTS,
    DURATIONS,
    ", ".join([*sorted(_COUNTS | _PERCENTS), *sorted(DURATIONS)]),
)
"""Those for the report of a load."""


class CriteriaInvalid(ValueError):
    """A condition that can't be read."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.position = position
        """Where in the text it is wrong."""


class _Token(NamedTuple):
    text: str
    position: int


def parse_condition(text: str, words: Vocabulary = WORDS) -> Condition:
    """
    Parse a condition.

    Args:
        words: What it can be about.

    Raises:
        CriteriaInvalid: If it isn't one.
    """
    parser = _Parser(_split(text), words)
    condition = parser.parse_any()
    parser.expect_end()
    return condition


def list_numbers(document: Document) -> dict[str, float]:
    """List what a report has for conditions; durations are in milliseconds."""
    latency = read_histogram(document, "latency")
    handshake = read_histogram(document, "handshake")
    messages = document["messages"]
    errors = sum(error["times"] for error in document["errors"])
    attempts = max(messages["sent"], messages["received"], 1)
    numbers = {
        "errors": float(errors),
        "error_percent": 100.0 * errors / attempts,
        "rate": float(messages["rate"]),
        "sent": float(messages["sent"]),
        "received": float(messages["received"]),
        "opened": float(document["connections"].get("opened", 0)),
        "fell": float(document["connections"].get("fell", 0)),
        "min": latency.minimum / 1e6,
        "mean": latency.mean / 1e6,
        "max": latency.maximum / 1e6,
        "handshake_p50": _percentile(handshake, 50),
        "handshake_p99": _percentile(handshake, 99),
        "lag_p99": _percentile(read_histogram(document, "lag"), 99),
    }
    for name, percent in _PERCENTILES.items():
        numbers[name] = _percentile(latency, percent)
    return numbers


def _percentile(histogram: Histogram, percent: float) -> float:
    return histogram.percentile(percent) / 1e6


def _split(text: str) -> list[_Token]:
    """Split a condition; the last token is an empty one behind its end."""
    tokens = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            raise CriteriaInvalid(f"{rest!r} isn't understood", len(text) - len(rest))
        group = match.lastindex or 0
        tokens.append(_Token(match[group], match.start(group)))
        position = match.end()
    return [*tokens, _Token("", len(text))]


class _Parser:
    def __init__(self, tokens: list[_Token], words: Vocabulary) -> None:
        self._tokens = tokens
        self._words = words
        self._next = 0

    def parse_any(self) -> Condition:
        parts = [self._parse_all()]
        while self._take("or"):
            parts.append(self._parse_all())
        return lambda numbers: any(part(numbers) for part in parts)

    def expect_end(self) -> None:
        if self._peek():
            raise self._fail(f"{self._peek()!r} isn't expected", self._next)

    def _parse_all(self) -> Condition:
        parts = [self._parse_one()]
        while self._take("and"):
            parts.append(self._parse_one())
        return lambda numbers: all(part(numbers) for part in parts)

    def _parse_one(self) -> Condition:
        if self._next > 200:
            raise self._fail("that is too long", self._next)
        if self._take("not"):
            inner = self._parse_one()
            return lambda numbers: not inner(numbers)
        if self._take("("):
            inside = self.parse_any()
            if not self._take(")"):
                raise self._fail("')' is missing", self._next)
            return inside
        return self._parse_comparison()

    def _parse_comparison(self) -> Condition:
        name = self._shift("a name")
        if name not in self._words.names:
            known = self._words.known
            raise self._fail(f"{name!r} isn't known; there are {known}")
        sign = self._shift("a comparison")
        compare = _OPERATORS.get(sign)
        if compare is None:
            raise self._fail(f"{sign!r} doesn't compare")
        number = self._shift("a number")
        try:
            value = float(number)
        except ValueError:
            raise self._fail(f"{number!r} isn't a number") from None
        value *= self._parse_unit(name)
        return lambda numbers: compare(numbers[name], value)

    def _parse_unit(self, name: str) -> float:
        token = self._peek()
        if name in self._words.durations:
            if token in _UNITS:
                self._next += 1
                return _UNITS[token]
            raise self._fail(f"{name} needs a unit: us, ms or s", self._next)
        if token == "%" and name in self._words.percents:
            self._next += 1
        return 1.0

    def _fail(self, problem: str, index: int | None = None) -> CriteriaInvalid:
        """Make the error for a token: the last one taken, unless it is another."""
        token = self._tokens[self._next - 1 if index is None else index]
        return CriteriaInvalid(problem, token.position)

    def _peek(self) -> str:
        return self._tokens[self._next].text

    def _take(self, text: str) -> bool:
        if self._peek() != text:
            return False
        self._next += 1
        return True

    def _shift(self, wanted: str) -> str:
        text = self._peek()
        if not text:
            raise self._fail(f"{wanted} is missing at the end", self._next)
        self._next += 1
        return text
