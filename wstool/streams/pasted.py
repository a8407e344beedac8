"""
Bytes as people paste them: hex of all kinds, dumps, arrays, escapes, base64.

Which form it is, the text tells. A dump may hold several packets; all else is one run
of bytes.
"""

from __future__ import annotations

import binascii
import codecs
import re

from wstool.streams.dumptext import name_dump, parse_dump
from wstool.streams.hextext import HexInvalid, parse_hex


__all__ = ["Pasted", "PastedOrRaw", "parse_pasted"]

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_BRACES = re.compile(r"{([\s0-9a-fA-FxX,]*)}")
_BRACKETS = re.compile(r"\[([\s0-9a-fA-FxX,]*)\]")
_OPEN = re.compile(r"[{\[]((?:\s*[0-9a-fA-FxX]+\s*,)+)(?:\s*[0-9a-fA-FxX]+)?\s*\Z")
_BUFFER = re.compile(r"<Buffer ([0-9a-f ]+?)(?: \.\.\. \d+ more bytes?)?>")
_QUOTED = re.compile(r"(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')")
_ESCAPED = re.compile(
    r"(?:\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}|\\[abefnrtv\\'\"]|[ -\[\]-~])+"
)
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})|\\(.)")
_SHORT = {
    "a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "e": 27,
}  # fmt: skip
_PROMPT = re.compile(r"[^\s{}\[\]]*[$#%>] .*")
_MORE = re.compile(r"(?<!\s),?\s*\.\.\. \d+ more (?:bytes|items)")
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_HEX_ALPHABET = "0123456789abcdefABCDEFxX\\ \t\r\n\v\f,:;-"
_ODD = re.compile(rb"[^\t\n\v\f\r\x20-\x7e]")
_MARK = codecs.BOM_UTF8


class DumpUnreadable(HexInvalid):
    """A dump that isn't in hex."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, 0)


Pasted = list[bytes]
"""Runs of bytes, each of one direction."""


class PastedOrRaw:
    """
    Take bytes that are pasted text or raw, whichever it turns out to be.

    Raw bytes show at the first that can't be in such text, and pass at once. Text shows
    only at its end, so it is kept until then.
    """

    def __init__(self, *, max_text: int) -> None:
        """
        Start at the first byte.

        Args:
            max_text: Bytes of text to keep.
        """
        self._max_text = max_text
        self._text = bytearray()
        self._begun = False
        self._head = b""
        self.is_raw = False
        """Whether the bytes are raw."""
        self.oddity: HexInvalid | None = None
        """What is not hex, where the bytes are raw but look like text."""
        self.cut: HexInvalid | None = None
        """Why the end of text can't be read that spells bytes before it."""

    def feed(self, data: bytes) -> bytes:
        """
        Take bytes; give those that are known to be raw.

        Raises:
            HexInvalid: If text is too long to keep.
        """
        if self.is_raw:
            return data
        if not self._text and not self._begun:
            data, self._head = self._head + data, b""
            if len(data) < len(_MARK) and _MARK.startswith(data):
                self._head = data
                return b""
            data = data.removeprefix(_MARK)
            self._begun = True
        self._text += data
        if _ODD.search(data) is None:
            if len(self._text) > self._max_text:
                problem = f"text of more than {self._max_text} bytes"
                raise HexInvalid(problem, self._max_text)
            return b""
        self.is_raw = True
        data = bytes(self._text)
        self._text.clear()
        return data

    def finish(self) -> Pasted:
        """
        Give the bytes that the text spells; if it spells none, itself.

        Raises:
            HexInvalid: If it is hex text with half a byte, and nothing before that.
        """
        if self._head:
            self.is_raw = True
            return [self._head]
        text = self._text.decode("ascii")
        try:
            return parse_pasted(text)
        except DumpUnreadable:
            raise
        except HexInvalid as error:
            if error.before:
                self.cut = error
                return error.before
            if _is_hex(text):
                raise
            self.oddity = error
        self.is_raw = True
        return [bytes(self._text)]


def parse_pasted(text: str) -> Pasted:
    """
    Parse pasted text.

    Raises:
        HexInvalid: If it spells no bytes in any form; says what is not hex.
    """
    text = text.removeprefix(_BOM)
    try:
        return _parse(text)
    except HexInvalid as error:
        plain = _strip_surroundings(text)
        if plain == text or error.before:
            raise
        try:
            return _parse(plain)
        except HexInvalid as other:
            if isinstance(other, DumpUnreadable) or other.before:
                raise
        raise


def _parse(text: str) -> Pasted:
    dump = parse_dump(text)
    if dump is not None:
        return dump
    try:
        return [parse_hex(text)]
    except HexInvalid as error:
        if error.before:
            raise
        name = name_dump(text)
        if name is not None:
            raise DumpUnreadable(f"this is a dump in {name}") from error
        if "\n*" in text and _is_hex(text.replace("\n*", "")):
            problem = "lines that repeat are left out (*): try od -v"
            raise DumpUnreadable(problem) from error
        if data := _parse_open_array(text):
            problem = "the array has no end"
            raise HexInvalid(problem, len(text), [data]) from error
        for parse in (_parse_quoted, *(() if _is_hex(text) else _OTHERS)):
            data = parse(text)
            if data:
                return [data]
        raise error


def _strip_surroundings(text: str) -> str:
    """Drop what shells and mail put around: prompts with commands, quote marks."""
    lines = text.splitlines()
    if all(line.startswith(">") for line in lines):
        return "\n".join(line[1:] for line in lines)
    return "\n".join(line for line in lines if not _PROMPT.fullmatch(line))


def _is_hex(text: str) -> bool:
    """Tell whether text can only be meant as hex, right or wrong."""
    return not text.strip(_HEX_ALPHABET)


def _parse_arrays(text: str) -> bytes | None:
    """Parse arrays of C, Go, Rust, Python or JavaScript."""
    if buffer := _BUFFER.findall(text):
        return b"".join(map(bytes.fromhex, buffer))
    text = _MORE.sub("", _COMMENT.sub(" ", text))
    # In C, brackets hold a size.
    return _parse_numbers(_BRACES.findall(text) or _BRACKETS.findall(text))


def _parse_open_array(text: str) -> bytes | None:
    """Parse an array of which the end is missing, but for a number that may be cut."""
    match = _OPEN.search(_COMMENT.sub(" ", text))
    return match and _parse_numbers([match[1]])


def _parse_numbers(arrays: list[str]) -> bytes | None:
    numbers = [item for array in arrays for item in re.split(r"[\s,]+", array) if item]
    try:
        # In hex where that shows, else in decimals.
        return bytes(int(number, 0) for number in numbers)
    except ValueError:
        return None


def _parse_quoted(text: str) -> bytes | None:
    r"""Parse string literals in which bytes are escaped, such as ``\x81``."""
    literals = [literal[1:-1] for literal in _QUOTED.findall(_COMMENT.sub(" ", text))]
    if not literals and re.match(r"\s*\\[x0-7]", text):
        literals = [text.strip()]
    if not any(re.search(r"\\[x0-7]", literal) for literal in literals):
        return None
    if not all(_ESCAPED.fullmatch(literal) for literal in literals if literal):
        return None
    return b"".join(map(_unescape, literals))


def _unescape(literal: str) -> bytes:
    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            return chr(int(match[2], 8) & 0xFF)
        return chr(_SHORT.get(match[3], ord(match[3])))

    return _ESCAPE.sub(replace, literal).encode("latin-1")


def _parse_base64(text: str) -> bytes | None:
    lines = text.strip().strip("\"'").split()
    joined = "".join(lines)
    # Words of a sentence are no base64.
    wrapped = all(len(line) == len(lines[0]) for line in lines[:-1])
    if not wrapped or not _BASE64.fullmatch(joined):
        return None
    if joined.islower() and len(joined) % 4:
        return None
    if len(lines) > 1 and len(lines[0]) < 16:
        return None
    joined = joined.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return binascii.a2b_base64(joined + "=" * (-len(joined) % 4))
    except binascii.Error:
        return None


_OTHERS = (_parse_arrays, _parse_base64)
