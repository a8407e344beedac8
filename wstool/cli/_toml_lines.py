"""
Lines of a TOML file, which tomllib doesn't give.

It isn't parsed a second time, for quoted and dotted keys and strings of several lines
would make that a parser of its own: tomllib itself finds the line, being given the
file's beginnings.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from typing import Any


__all__ = ["find_line"]


def find_line(text: str, path: tuple[str, ...]) -> int:
    """
    Find the line, from 1, with which a key comes into a TOML document.

    Args:
        text: The document, which is valid and has the key.
        path: The key, and before it those of the tables around it.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    counts = range(len(lines) + 1)
    # The beginning that ends with the statement's last line.
    count = bisect_left(counts, True, key=lambda n: _has(_parse(lines, n)[1], path))
    # The statement stands behind the longest valid beginning without it.
    return _parse(lines, count - 1)[0] + 1


def _parse(lines: list[str], count: int) -> tuple[int, dict[str, Any]]:
    """Parse the longest valid beginning of at most so many lines; give its length."""
    for length in range(count, 0, -1):
        try:
            return length, tomllib.loads("\n".join([*lines[:length], ""]))
        except (ValueError, RecursionError):
            continue
    return 0, {}


def _has(document: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
