"""Numbers with their units."""

from __future__ import annotations

import pytest

from wstool.cli._estimate.numbers import render_number, render_quantity


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234567.0, "1,234,567"),
        (0.1, "0.1"),
        (12.3456, "12.35"),
        (12345.6, "12,346"),
        (1e-9, "1e-09"),
        (3e20, "3.000e+20"),
    ],
)
def test_number(value, text):
    """An integer is written out, anything else in four digits."""
    assert render_number(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999.0, "bytes", "999 B"),
        (999.6, "bytes", "1 kB"),
        (12345.0, "bytes", "12.3 kB"),
        (999_600.0, "bytes/s", "1 MB/s"),
        (3.2e23, "bytes", "320,000 EB"),
        (9e17, "cores", "9e+17 cores"),
        (1234567890123456789e18, "bytes", "1.23e+18 EB"),
        (9.87e15, "$/month", "$9.87e+15"),
        (99.5, "$/month", "$99.50"),
        (1234.5, "$/month", "$1,234"),
        (0.025, "s", "25 ms"),
        (2.525, "s", "2.52 s"),
        (0.0123, "cores", "0.0123 cores"),
        (99.96, "%", "100 %"),
        (0.0, "%", "0 %"),
        (5.556, "", "5.56"),
    ],
)
def test_quantity(value, unit, text):
    """A quantity has three digits, and a prefix of its unit where that reads better."""
    assert render_quantity(value, unit) == text
