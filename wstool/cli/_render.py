"""
Text for a person to read, from bytes that a peer chose.

Whatever came over the network goes through here before it reaches a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import combining, east_asian_width


__all__ = [
    "CUT",
    "escape_bytes",
    "escape_text",
    "hexdump",
    "point_at",
    "shorten",
    "wrap",
]

CUT = "..."
"""Marks a place where text was cut."""
_GROUP = 8
_MIN_OFFSET_DIGITS = 4
_MAX_POINTED = 76


def escape_text(text: str, *, keep_newlines: bool = False) -> str:
    r"""
    Make everything visible that acts on a terminal instead of showing there.

    Controls, format characters (bidirectional overrides and isolates among them), line
    and paragraph separators, lone surrogates, private and unassigned characters become
    ``\n``, ``\x1b``, ``\u202e``, ``\U000e0041``. Spaces of all widths and the joiners
    that scripts and emoji need stay. So does a backslash: the result is to be read by a
    person, who would rather see JSON as it is, and not to be decoded again.

    Args:
        keep_newlines: Whether newlines and tabs stay.
    """
    if text.isprintable():
        return text
    return text.translate(_LAID_OUT if keep_newlines else _ESCAPES)


def escape_bytes(data: bytes, *, keep_newlines: bool = False) -> str:
    r"""Escape UTF-8 text; bytes that aren't UTF-8 become ``\xff``."""
    return escape_text(
        data.decode(errors="backslashreplace"), keep_newlines=keep_newlines
    )


def hexdump(
    data: bytes, *, indent: str = "", offset: int = 0, width: int = 16
) -> Iterator[str]:
    """
    Yield lines of offset, hex digits in groups of eight bytes, and ASCII.

    A line of 16 bytes takes 72 columns, and one more for each digit of the offset
    beyond the fourth.

    Args:
        offset: Offset of the first byte.
        width: Bytes on a line.
    """
    digits = max(_MIN_OFFSET_DIGITS, len(f"{offset + max(len(data) - 1, 0):x}"))
    columns = 3 * width + (width - 1) // _GROUP - 1
    for start in range(0, len(data), width):
        row = data[start : start + width]
        groups = "  ".join(
            row[group : group + _GROUP].hex(" ") for group in range(0, width, _GROUP)
        )
        shown = row.translate(_VISIBLE).decode("ascii")
        at = f"{indent}{offset + start:0{digits}x}"
        yield f"{at}  {groups.rstrip():{columns}}  {shown}"


def point_at(text: str, position: int) -> str:
    """Show a place in an expression that fits a line; empty if it doesn't."""
    if not text.isascii() or not text.isprintable() or len(text) > _MAX_POINTED:
        return ""
    return f"\n\n  {text}\n  {' ' * position}^"


def shorten(text: str, columns: int) -> str:
    """Cut text that takes more columns of a terminal, and mark the cut with dots."""
    if text.isascii():
        fits = len(text) <= columns
        return text if fits else text[: columns - len(CUT)] + CUT
    taken = kept = 0
    for position, char in enumerate(text):
        taken += _count_columns(char)
        if taken > columns:
            return text[:kept] + CUT
        if taken <= columns - len(CUT):
            kept = position + 1
    return text


def wrap(text: str, width: int, *, hang: str = "") -> list[str]:
    """
    Break a sentence into lines; a word that is longer than a line stays whole.

    Args:
        hang: What to put before all lines but the first.
    """
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if _count_all(line) <= width or not lines[-1].strip():
            lines[-1] = line
        else:
            lines.append(f"{hang}{word}")
    return lines


class _Escapes(dict[int, str]):
    """A table for `str.translate`, filled for Latin-1 and worked out for the rest."""

    def __init__(self, kept: str) -> None:
        super().__init__((code, _escape(chr(code))) for code in range(0x100))
        self.update((ord(char), char) for char in kept)

    def __missing__(self, code: int) -> str:
        return _escape(chr(code))


def _count_all(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_count_columns, text))


def _count_columns(char: str) -> int:
    if char.isascii():
        return 1
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _escape(char: str) -> str:
    if char.isprintable() or char in _INVISIBLE:
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Spaces (category Zs) and joiners: text in many scripts needs them, and none of them
# does anything to a terminal.
_INVISIBLE = frozenset(
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000\u200c\u200d"
)
_ESCAPES = _Escapes("")
_LAID_OUT = _Escapes("\n\t")
_VISIBLE = bytes(code if 0x20 <= code < 0x7F else ord(".") for code in range(0x100))
