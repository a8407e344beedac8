"""Numbers with their units, for people."""

from __future__ import annotations


__all__ = ["render_number", "render_quantity"]

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")
# Beyond it, digits are made up.
_MOST_DIGITS = 1e15
_SCALED = {"bytes": "B", "bytes/s": "B/s"}


def render_number(value: float) -> str:
    """Write a number as exactly as it matters: four digits, or all of an integer."""
    if value == round(value) and abs(value) < _MOST_DIGITS:
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < _MOST_DIGITS else f"{value:.3e}"
    return f"{value:.4g}"


def render_quantity(value: float, unit: str) -> str:
    """Write a quantity with its unit."""
    if unit in _SCALED:
        return _scale(value, _SCALED[unit])
    if unit == "$/month":
        return f"${_round(value)}" if value >= 100 else f"${value:,.2f}"
    if unit == "s" and value < 1:
        return f"{_round(value * 1000)} ms"
    return " ".join(filter(None, (_round(value), unit)))


def _scale(value: float, unit: str) -> str:
    for prefix in _PREFIXES[:-1]:
        if value < 999.5:
            return f"{_round(value)} {prefix}{unit}"
        value /= 1000
    return f"{_round(value)} {_PREFIXES[-1]}{unit}"


def _round(value: float) -> str:
    """Round to three digits, but never an integer that a float can tell."""
    if value >= _MOST_DIGITS:
        return f"{value:.3g}"
    if value >= 99.95 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
