"""
JSON laid out for reading, without a change of any token.

A parser would join keys that occur twice, round numbers and undo escapes; who looks
for a bug wants to see what was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator


__all__ = ["MAX_PARSED", "find_keys", "layout_json", "parse_json"]

MAX_PARSED = 1 << 18
"""Characters that are parsed; the work for more would be felt at the keys."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:', re.DOTALL)
_INDENT = "  "
_MAX_DEPTH = 64


def parse_json(text: str) -> object:
    """Parse an object or an array; give None for anything else or too large."""
    start = text[:64].lstrip()[:1]
    if start not in ("{", "[") or len(text) > MAX_PARSED:
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        # Not JSON, or numbers of thousands of digits, or brackets thousands deep.
        return None
    return value


def layout_json(text: str) -> Iterator[str]:
    """Lay valid JSON out, and yield its lines."""
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    line, depth = "", 0
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if token in ("{", "["):
            depth += 1
            line += token
            if following not in ("}", "]"):
                yield line
                line = _indent(depth)
        elif token in ("}", "]"):
            depth -= 1
            if tokens[position - 1] not in ("{", "["):
                yield line
                line = _indent(depth)
            line += token
        elif token == ",":
            yield line + token
            line = _indent(depth)
        else:
            line += ": " if token == ":" else token
    yield line


def find_keys(text: str) -> Iterator[str]:
    """Find the keys of JSON text, as they are spelled there."""
    return (match[1] for match in _KEY.finditer(text))


def _indent(depth: int) -> str:
    return _INDENT * min(depth, _MAX_DEPTH)
