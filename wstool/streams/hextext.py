r"""Hex as people paste it: with or without spaces, commas, colons, ``0x``, ``\x``."""

from __future__ import annotations

import re
from collections.abc import Iterator


__all__ = ["HexInvalid", "HexOrRaw", "parse_hex"]

_TOKEN = re.compile(r"(?:0[xX]|\\x)?([0-9a-fA-F]+)|[\s,:;-]+")
_SEPARATORS = str.maketrans(",:;-", "    ")
_ALPHABET = b"0123456789abcdefABCDEFxX\\ \t\r\n\v\f,:;-"


class HexInvalid(ValueError):
    """Text that isn't hex; `position` is the character's, from 0."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem, position)
        self.problem = problem
        self.position = position

    def __str__(self) -> str:
        return f"character {self.position + 1}: {self.problem}"


class HexOrRaw:
    """
    Take bytes that are hex text or raw, whichever it turns out to be.

    Raw bytes show at the first that can't be in hex text, and pass at once. Hex text
    shows only at its end, so it is kept until then.
    """

    def __init__(self, *, max_text: int) -> None:
        """
        Start at the first byte.

        Args:
            max_text: Bytes of hex text to keep.
        """
        self._max_text = max_text
        self._text = bytearray()
        self.is_raw = False
        """Whether the bytes are raw."""
        self.oddity: HexInvalid | None = None
        """What is not hex, where the bytes are raw but look like text."""

    def feed(self, data: bytes) -> bytes:
        """
        Take bytes; give those that are known to be raw.

        Raises:
            HexInvalid: If hex text is too long to keep.
        """
        if self.is_raw:
            return data
        if not data.translate(None, _ALPHABET):
            self._text += data
            if len(self._text) > self._max_text:
                problem = f"hex text of more than {self._max_text} bytes"
                raise HexInvalid(problem, self._max_text)
            return b""
        self.is_raw = True
        strange = data.lstrip(_ALPHABET)
        position = len(self._text) + len(data) - len(strange)
        if 0x20 < strange[0] < 0x7F:
            self.oddity = _not_hex(chr(strange[0]), position)
        self._text += data
        data = bytes(self._text)
        self._text.clear()
        return data

    def finish(self) -> bytes:
        """
        Give the bytes that the text spells, if it is hex text.

        Raises:
            HexInvalid: If there is half a byte, or a prefix without digits.
        """
        return parse_hex(self._text.decode("ascii"))


def parse_hex(text: str) -> bytes:
    """
    Parse hex text; only whole bytes can be set apart from one another.

    Raises:
        HexInvalid: If the text holds anything else, or half a byte.
    """
    try:
        # All but prefixes, and a hundred times as fast.
        return bytes.fromhex(text.translate(_SEPARATORS))
    except ValueError:
        pass
    return b"".join(_parse_tokens(text))


def _parse_tokens(text: str) -> Iterator[bytes]:
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise _not_hex(text[position], position)
        digits = token[1] or ""
        end = token.end()
        if len(digits) % 2:
            if end < len(text) and not _TOKEN.match(text, end):
                raise _not_hex(text[end], end)
            problem = f"odd number of hex digits: {_shorten(digits)}"
            raise HexInvalid(problem, token.start(1))
        yield bytes.fromhex(digits)
        position = end


def _not_hex(char: str, position: int) -> HexInvalid:
    return HexInvalid(f"{char!r} isn't a hex digit", position)


def _shorten(digits: str) -> str:
    return digits if len(digits) <= 20 else f"{digits[:17]}..."
