"""
Formulas as text, computed as they stand.

What an explanation prints is what was computed: there's no second spelling that could
differ. The texts are this program's own, never a user's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from math import ceil
from types import CodeType
from typing import NamedTuple

from wstool.wire.frame import FrameHeader, shortest_length_bits
from wstool.wire.opcode import Opcode


__all__ = ["Figure", "Rule", "apply_rules", "frame_header"]

_KEY = bytes(4)


class Rule(NamedTuple):
    """How a figure comes about."""

    name: str
    title: str
    unit: str
    formula: str
    """A Python expression over figures, constants and the functions below."""


class Figure(NamedTuple):
    """A figure, with all that it was made of."""

    name: str
    title: str
    unit: str
    formula: str
    inputs: dict[str, float]
    """Values of the names in the formula."""
    value: float


def frame_header(payload_length: float, masked: float) -> float:
    """Tell the bytes of a frame's header (RFC 6455, 5.2), masking key included."""
    length = round(payload_length)
    bits = shortest_length_bits(length)
    key = _KEY if masked else None
    return FrameHeader(Opcode.TEXT, length, masking_key=key, length_bits=bits).size


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "ceil": ceil,
    "frame_header": frame_header,
    "max": max,
    "min": min,
    "round": round,
}


def apply_rules(
    rules: Iterable[Rule], known: dict[str, float]
) -> tuple[dict[str, float], tuple[Figure, ...]]:
    """
    Compute figures, each of which may use those before it.

    Args:
        known: What formulas may use from the start.

    Returns:
        All that is known then, and the new figures.
    """
    known = dict(known)
    figures = []
    for rule in rules:
        code = _compile(rule.formula)
        value = float(eval(code, {"__builtins__": {}}, {**_FUNCTIONS, **known}))
        inputs = {name: known[name] for name in code.co_names if name in known}
        figures.append(Figure(*rule, inputs=inputs, value=value))
        known[rule.name] = value
    return known, tuple(figures)


@cache
def _compile(formula: str) -> CodeType:
    return compile(formula, "<formula>", "eval")
