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


__all__ = ["name_dump", "parse_dump"]

_LINE = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{4,16})(:?)(?:[ \t]+(\S.*))?$")
_TOKEN = re.compile(r"([ \t]*)([0-9a-fA-F]+)(?=[ \t]|$)")
_NUMBERED = re.compile(r"\s*[0-9a-fA-F]{4,16}:?[ \t]+(\S.*?)\s*")
_OCTAL = re.compile(r"[0-7]{3}(?:[0-7]{3})?(?: +[0-7]{3}(?:[0-7]{3})?)*")
_BINARY = re.compile(r"[01]{8}(?: [01]{8})*(?:  .*| *)")
_SIGNED = re.compile(r"-?\d{1,5}(?: +-?\d{1,5})*")
_CHARACTER = re.compile(r"(?:\d{3}|\\.|\S)(?: +(?:\d{3}|\\.|\S))*")
_USUAL_WIDTH = 16
_MAX_REPEATED = 1 << 26


_OTHER_FORMS = {
    "binary, not in hex: try xxd without -b": _BINARY,
    "octal, not in hex: try od -tx1": _OCTAL,
    "decimals, not in hex: try od -tx1": _SIGNED,
    "characters, not in hex: try od -tx1": _CHARACTER,
}


class _Row(NamedTuple):
    """A line of a dump."""

    offset: str
    colon: bool
    tokens: list[str]
    """Hex that may belong to the bytes, in its groups."""
    more: str
    """Text that follows the hex."""
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


def name_dump(text: str) -> str | None:
    """Name what a dump is in that holds no hex; None if the text is no such dump."""
    lines = [line for line in text.splitlines() if line.strip() not in ("", "*")]
    found = [_NUMBERED.fullmatch(line) for line in lines]
    rows = [match[1] for match in found if match is not None]
    # The last line may be an offset alone.
    if not rows or len(rows) < len(lines) - 1:
        return None
    for name, form in _OTHER_FORMS.items():
        if all(map(form.fullmatch, rows)):
            return name
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
        # Wide columns are those of hexdump -x.
        found = list(_find_tokens(rest, 4 if len(match[1]) == 7 else 2))
        tokens = [token[2] for token in found]
        more = rest[found[-1].end() :].strip() if found else ""
        if rest and not tokens:
            continue
        rows.append(_Row(match[1], bool(match[2]), tokens, more, repeats))
        repeats = False
    return rows


def _find_tokens(rest: str, blanks: int) -> Iterator[re.Match[str]]:
    position = 0
    while (token := _TOKEN.match(rest, position)) is not None:
        # More of them stand before ASCII only.
        if len(token[1].expandtabs()) > blanks or len(token[2]) % 2:
            return
        yield token
        position = token.end()


def _is_dump(rows: list[_Row]) -> bool:
    """Tell a dump from hex that happens to begin with zeros."""
    first = rows[0]
    if not first.tokens or _holds_no_hex(rows):
        return False
    if first.colon or len(first.offset) % 2 or first.more:
        return True
    # A line alone may be a header, set apart from its payload.
    numbered = len(rows) > 1 or int(first.offset, 16) == 0
    return numbered and len(first.offset) != len(first.tokens[0])


def _holds_no_hex(rows: list[_Row]) -> bool:
    """Tell xxd's bits and od's words in octal from hex, which they look like."""
    if rows[0].colon:
        tokens = [token for row in rows for token in row.tokens[:1]]
        return all(len(token) == 8 and not token.strip("01") for token in tokens)
    tokens = [token for row in rows for token in row.tokens]
    octal = all(len(token) == 6 and not token.strip("01234567") for token in tokens)
    return octal and len(rows[0].offset) == 7


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
    if rows[0].colon:
        return _is_swapped_by_ascii(rows[0])
    return all(
        len(row.offset) == 7
        and not row.colon
        and not row.more
        and all(len(token) == _find_width(rows) for token in row.tokens)
        for row in rows
    )


def _is_swapped_by_ascii(row: _Row) -> bool:
    """Tell whether it is only turned around that words show as their ASCII (xxd -e)."""
    words = row.tokens[: len(row.more) // 4]
    if not words or any(len(word) != 8 for word in words):
        return False

    def fits(digits: str) -> bool:
        shown = bytes.fromhex(digits)
        pairs = zip(shown, row.more, strict=False)
        return all(char in (chr(byte), ".") for byte, char in pairs)

    return not fits("".join(words)) and fits("".join(map(_swap, words)))


def _find_width(rows: list[_Row]) -> int:
    """Find the digits of a word; od has words of 4 bytes too."""
    first = rows[0].tokens[:1]
    return 8 if first and len(first[0]) == 8 else 4


def _swap(token: str) -> str:
    """Turn the bytes of a word around."""
    return bytes.fromhex(token)[::-1].hex()


def _take(row: _Row, size: int, swapped: bool, exact: bool) -> bytes:
    digits = "".join(_swap(token) if swapped else token for token in row.tokens)
    data = bytes.fromhex(digits)[:size]
    if exact and len(data) != size:
        raise ValueError("a line has fewer bytes than the offsets say")
    return data
