"""Retry-After: seconds or a date, and never for ever."""

from __future__ import annotations

import pytest

from wstool.wire.retry_after import MAX_RETRY_AFTER, parse_retry_after


# 1994-11-06 08:49:37 UTC, the example of RFC 9110, 5.6.7.
NOW = 784111777.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 0\t", 0.0, id="now"),
        pytest.param("Sun, 06 Nov 1994 08:49:47 GMT", 10.0, id="date"),
        pytest.param("Sunday, 06-Nov-94 08:49:47 GMT", 10.0, id="rfc-850"),
        pytest.param("Sun Nov  6 08:49:47 1994", 10.0, id="asctime"),
        pytest.param("Sun, 06 Nov 1994 08:49:27 GMT", 0.0, id="past"),
        pytest.param("86401", MAX_RETRY_AFTER, id="a-day"),
        pytest.param("9" * 100_000, MAX_RETRY_AFTER, id="many-digits"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER, id="far"),
        pytest.param("", None, id="empty"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("1e3", None, id="exponent"),
        pytest.param("\u0663", None, id="other-digits"),
        pytest.param("\xb2", None, id="superscript"),
        pytest.param("soon", None, id="word"),
        pytest.param("x" * 100_000, None, id="long"),
        pytest.param(f"Sun, 06 Nov {'9' * 30} 08:49:47 GMT", None, id="year"),
    ],
)
def test_retry_after(text, seconds):
    """What a server says is taken up to a bound, and nonsense isn't taken at all."""
    assert parse_retry_after(text, NOW) == seconds
