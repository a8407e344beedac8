"""How numbers are written."""

from __future__ import annotations

import pytest

from wstool.cli._bench.words import (
    render_bytes,
    render_count,
    render_duration,
    render_rate,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ns"),
        (812, "812 ns"),
        (43_100, "43.1 µs"),
        (999_900, "1.00 ms"),
        (1_250_000, "1.25 ms"),
        (99_960_000, "100 ms"),
        (3_000_000_000, "3.00 s"),
    ],
)
def test_durations(value, text):
    """A duration has three digits that count."""
    assert render_duration(value) == text


def test_others():
    """Counts have commas, rates and bytes a unit."""
    assert render_count(1234567) == "1,234,567"
    assert [render_rate(value) for value in (0, 9.99, 1234.5)] == [
        *("0.00/s", "9.99/s", "1,234/s"),
    ]
    assert [render_bytes(value) for value in (12, 3400, 5.6e6, 7e9)] == [
        *("12 B", "3.40 kB", "5.60 MB", "7.00 GB"),
    ]
