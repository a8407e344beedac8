"""Conditions of --fail-if."""

from __future__ import annotations

import pytest

from wstool.services.bench.criteria import CriteriaInvalid, parse_condition


NUMBERS = {"p99": 40.0, "p50": 2.0, "errors": 0.0, "rate": 1000.0, "error_percent": 1.5}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("p99 > 50ms", False),
        ("p99 > 39.9 ms", True),
        ("p99>0.03s", True),
        ("p50 <= 2000us", True),
        ("p50 < 2000µs", False),
        ("errors > 0", False),
        ("errors == 0", True),
        ("errors = 0", True),
        ("errors != 0", False),
        ("rate < 1e4", True),
        ("error_percent >= 1.5 %", True),
        ("error_percent >= 1.5", True),
        ("p99 > 50ms or errors > 0", False),
        ("p99 > 50ms or rate < 2000 and errors = 0", True),
        ("(p99 > 50ms or rate < 2000) and errors > 0", False),
        ("not p99 > 50ms", True),
        ("not (p99 > 1ms)", False),
    ],
)
def test_holds(text, holds):
    """A condition holds as it reads; `and` binds more than `or`."""
    assert parse_condition(text)(NUMBERS) is holds


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("", "a name is missing at the end", 0),
        ("p99", "a comparison is missing at the end", 3),
        ("p99 >", "a number is missing at the end", 5),
        ("p99 > fast", "'fast' isn't a number", 6),
        ("p99 > 1.2.3ms", "'1.2.3' isn't a number", 6),
        ("p99 > 50", "p99 needs a unit: us, ms or s", 8),
        ("p99 ! 50ms", "'!' doesn't compare", 4),
        ("p98 > 5ms", "'p98' isn't known; there are ", 0),
        ("errors > 0 errors", "'errors' isn't expected", 11),
        ("(errors > 0", "')' is missing", 11),
        ("errors > 0)", "')' isn't expected", 10),
        ("errors > 0 & p99", "'& p99' isn't understood", 11),
        ("(" * 5000, "that is too long", 201),
        ("not " * 5000, "that is too long", 804),
    ],
)
def test_invalid(text, problem, position):
    """What isn't a condition is named, with its place."""
    with pytest.raises(CriteriaInvalid) as caught:
        parse_condition(text)
    assert str(caught.value).startswith(problem)
    assert caught.value.position == position
