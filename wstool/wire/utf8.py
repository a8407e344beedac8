"""UTF-8 checks: text stays bytes, but it has to be valid (RFC 6455, section 8.1)."""

from __future__ import annotations

from codecs import utf_8_decode
from collections import deque


__all__ = ["Utf8Validator", "find_invalid_text"]


class Utf8Validator:
    """Check text that arrives in pieces, at the earliest byte that proves an error."""

    __slots__ = ("_checked", "_tail")

    def __init__(self) -> None:
        self._checked = 0
        self._tail = b""

    def feed(self, piece: bytes, *, final: bool = False) -> int | None:
        """
        Check a piece.

        Args:
            final: Whether the text ends with this piece.

        Returns:
            Offset of the invalid sequence in the whole text, or None.
        """
        if not self._tail and piece.isascii():
            self._checked += len(piece)
            return None
        data = self._tail + piece
        try:
            _, consumed = utf_8_decode(data, "strict", final)
        except UnicodeDecodeError as error:
            return self._checked + error.start
        self._checked += consumed
        self._tail = data[consumed:]
        # CPython waits for the third byte of a surrogate; the second one proves it.
        if self._tail[:1] == b"\xed" and self._tail[1:] >= b"\xa0":
            return self._checked
        return None


def find_invalid_text(payloads: list[bytes]) -> tuple[int, int] | None:
    """Find the first payload that is not UTF-8: its index and the byte offset in it."""
    if all(map(bytes.isascii, payloads)):
        return None
    try:
        deque(map(bytes.decode, payloads), maxlen=0)
    except UnicodeDecodeError as error:
        return payloads.index(error.object), error.start
    return None
