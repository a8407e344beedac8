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

from wstool.streams.hextext import HexInvalid


__all__ = ["name_dump", "parse_dump"]

_LINE = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{4,16})(:?)(?:([ \t]+)(\S.*))?$")
_TOKEN = re.compile(r"([ \t]*)([0-9a-fA-F]+)(?=[ \t]|$)")
_NUMBERED = re.compile(r"\s*[0-9a-fA-F]{4,16}:?[ \t]+(\S.*?)\s*")
_OCTAL = re.compile(r"[0-7]{3}(?:[0-7]{3})?(?: +[0-7]{3}(?:[0-7]{3})?)*")
_BINARY = re.compile(r"[01]{8}(?: [01]{8})*(?:  .*| *)")
_SIGNED = re.compile(r"-?\d{1,5}(?: +-?\d{1,5})*")
_CHARACTER = re.compile(r"(?:\d{3}|\\.|\S)(?: +(?:\d{3}|\\.|\S))*")
_HALF = re.compile(r"[ \t]{0,2}((?:[0-9a-fA-F]{2})*[0-9a-fA-F])\s*")
_SHORT_WORD = re.compile(r" {2,}((?:[0-9a-fA-F]{2})+)(?=  |$)")
_USUAL_WIDTH = 16
_WORDS = (4, 8)
"""Digits of a word of hexdump; od has words of 4 bytes too."""
_VOTERS = 64
"""Rows at most that tell the order of bytes in words."""
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
    indent: int
    """Blanks before the hex."""
    tokens: list[str]
    """Hex that may belong to the bytes, in its groups."""
    rest: str
    """What follows the hex, blanks included."""
    repeats: bool = False
    """Whether a line with an asterisk goes before it."""

    @property
    def more(self) -> str:
        """Text that follows the hex."""
        return self.rest.strip()


def parse_dump(text: str) -> list[bytes] | None:
    """
    Parse the dump of one packet or of several, each of which begins at its own offset.

    Returns:
        The bytes of each; None if the text is no dump.

    Raises:
        HexInvalid: If its last line is cut off.
    """
    rows = _parse_rows(text)
    dumps = _put_together(rows)
    start = text.rfind("\n") + 1
    if not text[start:].strip():
        return dumps
    before = _put_together(_parse_rows(text[:start]))
    # What the last line seems to say must not change what the lines before it say.
    if before is not None and _fits(rows) and not _continues(dumps, before):
        raise HexInvalid("the last line is cut off", start, before)
    if dumps is not None and (half := _find_half(rows)) is not None:
        problem = f"odd number of hex digits: {half}"
        raise HexInvalid(problem, len(text.rstrip()) - len(half), dumps)
    return dumps


def _fits(rows: list[_Row]) -> bool:
    """Tell whether the last row's offset fits, unless it may be cut off itself."""
    bare = rows[-1]._replace(tokens=[], rest="")
    return not rows[-1].tokens or _put_together([*rows[:-1], bare]) is not None


def _continues(dumps: list[bytes] | None, before: list[bytes]) -> bool:
    """Tell whether dumps begin with those that were there before the last line."""
    if dumps is None or not dumps[-1]:
        return False
    last = len(before) - 1
    return dumps[:last] == before[:last] and dumps[last].startswith(before[last])


def _find_half(rows: list[_Row]) -> str | None:
    """Find half a byte at the end of the last row, if its bytes aren't all there."""
    row = rows[-1]
    match = _HALF.fullmatch(row.rest)
    width = sum(map(len, rows[0].tokens)) // 2 if len(rows) > 1 else _USUAL_WIDTH
    if match is None or sum(map(len, row.tokens)) // 2 >= width:
        return None
    return match[1]


def _put_together(rows: list[_Row]) -> list[bytes] | None:
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
    lines = text.splitlines()
    last = len(lines) - 1
    for index, line in enumerate(lines):
        if line.strip() == "*":
            repeats = True
            continue
        match = _LINE.match(line)
        if match is None:
            # Such as the line that tcpdump prints before a packet.
            continue
        rest = match[4] or ""
        # Wide columns are those of hexdump -x.
        found = list(_find_tokens(rest, 4 if len(match[1]) == 7 else 2))
        tokens = [token[2] for token in found]
        after = rest[found[-1].end() :] if found else rest
        half = index == last and _HALF.fullmatch(after)
        if rest and not tokens and not half:
            continue
        indent = len(match[3] or "")
        rows.append(_Row(match[1], bool(match[2]), indent, tokens, after, repeats))
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
        if re.search("[89a-fA-F]", row.offset + following.offset):
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
    turned = _find_width(rows) if _is_swapped(rows) else 0
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
        data += _take(row, width if size is None else size, turned, size is not None)
    return bytes(data)


def _is_swapped(rows: list[_Row]) -> bool:
    """Tell whether words have the order of a little-endian machine, as hexdump's."""
    if rows[0].colon:
        votes = {
            _is_swapped_by_ascii(row, whole=row is not rows[-1])
            for row in rows[:_VOTERS]
            if len(row.tokens) >= len(rows[0].tokens)
        }
        if votes == {None}:
            return any(map(_ends_in_short_word, rows))
        return False not in votes
    return all(
        len(row.offset) == 7
        and not row.colon
        and not row.more
        and _find_width(rows) in _WORDS
        and all(len(token) == _find_width(rows) for token in row.tokens)
        for row in rows
    )


def _is_swapped_by_ascii(row: _Row, *, whole: bool) -> bool | None:
    """Tell whether words show as their ASCII only turned around (xxd -e), if any do."""
    if len({len(token) for token in row.tokens}) != 1:
        return None
    words, more = _find_words(row)
    # Behind whole rows it is known which blanks are ASCII.
    plain, turned = (row.rest[2:], row.rest[2:]) if whole else (row.more, more)
    straight = _is_shown("".join(row.tokens), plain)
    swapped = _is_shown("".join(map(_swap, words)), turned)
    return None if straight == swapped else swapped


def _is_shown(digits: str, shown: str) -> bool:
    """Tell whether bytes show as their ASCII, of which blanks may lack at the end."""
    pairs = zip(bytes.fromhex(digits), shown, strict=False)
    return bool(shown) and all(char in (chr(byte), ".") for byte, char in pairs)


def _ends_in_short_word(row: _Row) -> bool:
    """Tell whether the last word has blanks where bytes are missing (xxd -e)."""
    return row.indent > 2 or len(_find_words(row)[0]) > len(row.tokens)


def _find_words(row: _Row) -> tuple[list[str], str]:
    """
    Find the words of a row as xxd -e writes them, and what follows them.

    The last one may be shorter; its digits end where those of a whole one would.
    """
    last = _SHORT_WORD.match(row.rest)
    width = len(row.tokens[0]) if row.tokens else 0
    if last is None or len(last[1]) >= width or last.end() != 1 + width:
        return row.tokens, row.more
    return [*row.tokens, last[1]], row.rest[last.end() :].strip()


def _find_width(rows: list[_Row]) -> int:
    """Find the digits of a word."""
    return len(rows[0].tokens[0]) if rows[0].tokens else 4


def _swap(token: str) -> str:
    """Turn the bytes of a word around."""
    return bytes.fromhex(token)[::-1].hex()


def _take(row: _Row, size: int, turned: int, exact: bool) -> bytes:
    words = _turn(row, size, turned) if turned else row.tokens
    data = bytes.fromhex("".join(words))[:size]
    if exact and len(data) != size:
        raise ValueError("a line has fewer bytes than the offsets say")
    return data


def _turn(row: _Row, size: int, digits: int) -> list[str]:
    """
    Turn the words of a row around.

    Args:
        size: Bytes of the row at most.
        digits: Those of a whole word.

    Raises:
        ValueError: If one is cut off.
    """
    words, _ = _find_words(row) if row.colon else (row.tokens, "")
    words = words[: -(-size // (digits // 2))]
    alone = row.colon and row.indent > 2
    if any(len(word) != digits for word in words[: len(row.tokens)]) and not alone:
        raise ValueError("a word is cut off")
    return [_swap(word) for word in words]
