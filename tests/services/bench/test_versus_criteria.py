"""Conditions about a comparison."""

from __future__ import annotations

import pytest

from wstool.services.bench.carrier import Carrier
from wstool.services.bench.criteria import CriteriaInvalid, parse_condition
from wstool.services.bench.versus_criteria import list_versus_numbers, make_words

from support.comparisons import make_comparison


CARRIERS = tuple(Carrier)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("polling_p50 > 400ms", True),
        ("polling_p50 > 1s", False),
        ("websocket_mean < 2ms and long_polling_mean > 1ms", True),
        ("websocket_bytes_per_message == 66", True),
        ("websocket_overhead_per_message > 10", False),
        ("polling_requests = 10 and polling_empty_requests = 4", True),
        ("websocket_server_cpu_per_message > 399us", True),
        ("long_polling_client_cpu_per_message < 0.3ms", False),
        ("long_polling_client_cpu_per_message <= 0.3ms", True),
        ("errors == 3 and long_polling_errors == 3 and websocket_errors == 0", True),
        ("long_polling_error_percent >= 30%", True),
    ],
)
def test_condition(text, expected):
    """Names have that of a carrier in front; durations of all kinds have units."""
    condition = parse_condition(text, make_words(CARRIERS))

    assert condition(list_versus_numbers(make_comparison(problem="x"))) is expected


def test_every_number():
    """Every word of the conditions has a number, and every number a word."""
    numbers = list_versus_numbers(make_comparison())

    assert set(numbers) == make_words(CARRIERS).names


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("p99 > 1s", "'p99' isn't known; there are errors, and behind websocket_ or"),
        ("long_polling_p99 > 1s", "behind websocket_ or polling_: bytes_per_message,"),
        ("polling_p99 > 1", "polling_p99 needs a unit: us, ms or s"),
    ],
)
def test_wrong(text, problem):
    """Carriers that aren't compared have no words."""
    words = make_words((Carrier.WEBSOCKET, Carrier.POLLING))
    with pytest.raises(CriteriaInvalid, match=problem):
        parse_condition(text, words)


def test_unknown():
    """What isn't known counts as 0."""
    document = make_comparison(Carrier.WEBSOCKET, server_cpu=None)

    numbers = list_versus_numbers(document)
    assert numbers["websocket_server_cpu_per_message"] == 0
