"""How the numbers of a bench are written."""

from __future__ import annotations


__all__ = ["render_bytes", "render_count", "render_duration", "render_rate"]

_NS_PER_US = 1e3
_NS_PER_MS = 1e6
_NS_PER_S = 1e9


def render_duration(nanoseconds: float) -> str:
    """Render a duration with three digits that count: 812 ns, 43.1 µs, 1.25 ms, 3 s."""
    for unit, size in (("s", _NS_PER_S), ("ms", _NS_PER_MS), ("µs", _NS_PER_US)):
        # What would be rounded to a thousand has the next unit.
        if nanoseconds >= size * 0.9995:
            return f"{_three_digits(nanoseconds / size)} {unit}"
    return f"{nanoseconds:.0f} ns"


def render_count(number: float) -> str:
    """Render a number with commas."""
    return f"{number:,.0f}"


def render_rate(number: float) -> str:
    """Render a number per second."""
    return f"{render_count(number) if number >= 100 else _three_digits(number)}/s"


def render_bytes(number: float) -> str:
    """Render bytes with a decimal unit."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{_three_digits(number / size)} {unit}"
    return f"{number:.0f} B"


def _three_digits(number: float) -> str:
    decimals = 0 if number >= 99.95 else 1 if number >= 9.995 else 2
    return f"{number:.{decimals}f}"
