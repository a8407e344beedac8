"""
Dumps as tools print them: an offset, bytes in hex, and often their ASCII.

Known are those of xxd, hexdump, od, tcpdump, Wireshark and tshark, and our own. How
many bytes a line holds tells the next line's offset; what else is on it is ASCII.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple


__all__ = ["parse_dump"]

_LINE = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{4,16})(:?)(?:[ \t]+(\S.*))?$")
_TOKEN = re.compile(r"([ \t]*)([0-9a-fA-F]+)(?=[ \t]|$)")
_USUAL_WIDTH = 16
_MAX_REPEATED = 1 << 26


class _Row(NamedTuple):
    """A line of a dump."""

    offset: str
    colon: bool
    tokens: list[str]
    """Hex that may belong to the bytes, in its groups."""
    has_more: bool
    """Whether text follows the hex."""
    repeats: bool = False
    """Whether a line with an asterisk goes before it."""


def parse_dump(text: str) -> list[bytes] | None:
    """
    Parse the dump of one packet or of several, each of which begins at its own offset.

    Returns:
        The bytes of each; None if the text is no dump.
    """
    rows = _parse_rows(text)
    if not rows or not _is_dump(rows):
        return None
    dumps: list[list[_Row]] = []
    for row in rows:
        if not dumps or int(row.offset, 16) == 0:
            dumps.append([])
        dumps[-1].append(row)
    base = _find_base(rows)
    try:
        return [_join(dump, base) for dump in dumps]
    except ValueError:
        return None


def _parse_rows(text: str) -> list[_Row]:
    rows = []
    repeats = False
    for line in text.splitlines():
        if line.strip() == "*":
            repeats = True
            continue
        match = _LINE.match(line)
        if match is None:
            # Such as the line that tcpdump prints before a packet.
            continue
        rest = match[3] or ""
        tokens = list(_find_tokens(rest))
        shown = len("".join(tokens))
        has_more = len(re.sub(r"\s", "", rest)) > shown
        if rest and not tokens:
            continue
        rows.append(_Row(match[1], bool(match[2]), tokens, has_more, repeats))
        repeats = False
    return rows


def _find_tokens(rest: str) -> Iterator[str]:
    position = 0
    while (token := _TOKEN.match(rest, position)) is not None:
        # Three spaces and more stand before ASCII only.
        if len(token[1].expandtabs()) > 2 or len(token[2]) % 2:
            return
        yield token[2]
        position = token.end()


def _is_dump(rows: list[_Row]) -> bool:
    """Tell a dump from hex that happens to begin with zeros."""
    first = rows[0]
    if not first.tokens:
        return False
    if first.colon or len(first.offset) % 2 or first.has_more:
        return True
    # A line alone may be a header, set apart from its payload.
    numbered = len(rows) > 1 or int(first.offset, 16) == 0
    return numbered and len(first.offset) != len(first.tokens[0])


def _find_base(rows: list[_Row]) -> int:
    """Find out whether offsets are hexadecimal or, as od likes them, octal."""
    for row, following in itertools.pairwise(rows):
        if row.colon or following.repeats or len(row.offset) != 7:
            continue
        if re.search("[89a-f]", row.offset + following.offset):
            return 16
        there = sum(map(len, row.tokens)) // 2
        for base in (16, 8):
            if int(following.offset, base) - int(row.offset, base) == there:
                return base
    return 16


def _join(rows: list[_Row], base: int) -> bytes:
    """
    Put the bytes of rows together.

    Raises:
        ValueError: If the offsets don't fit them.
    """
    swapped = _is_swapped(rows)
    data = bytearray()
    start = int(rows[0].offset, base)
    width = _USUAL_WIDTH
    for index, row in enumerate(rows):
        gap = int(row.offset, base) - start - len(data)
        if gap and not (row.repeats and 0 < gap <= _MAX_REPEATED and data):
            raise ValueError("an offset doesn't fit the bytes before it")
        if gap:
            last = bytes(data[-width:])
            data += (last * (gap // len(last) + 1))[:gap]
        here = int(row.offset, base)
        last_row = index + 1 == len(rows)
        size = None if last_row else int(rows[index + 1].offset, base) - here
        if not last_row and rows[index + 1].repeats:
            size = width
        elif size is not None and row.tokens:
            width = size
        data += _take(row, width if size is None else size, swapped, size is not None)
    return bytes(data)


def _is_swapped(rows: list[_Row]) -> bool:
    """Tell whether words have the order of a little-endian machine, as hexdump's."""
    return all(
        len(row.offset) == 7
        and not row.colon
        and not row.has_more
        and all(len(token) == 4 for token in row.tokens)
        for row in rows
    )


def _take(row: _Row, size: int, swapped: bool, exact: bool) -> bytes:
    digits = "".join(
        token[2:] + token[:2] if swapped else token for token in row.tokens
    )
    data = bytes.fromhex(digits)[:size]
    if exact and len(data) != size:
        raise ValueError("a line has fewer bytes than the offsets say")
    return data
