"""Which messages are drawn."""

from __future__ import annotations

import re

from wstool.wire.opcode import Opcode


__all__ = ["MessageFilter"]


class MessageFilter:
    """
    A regular expression for messages: for characters of text, for bytes of binary.

    What can't be an expression for bytes, such as a name of a character, is found in no
    binary message.
    """

    def __init__(self, pattern: str) -> None:
        """
        Compile the pattern; bytes that aren't UTF-8 may stand in it as surrogates.

        Raises:
            re.error: If it is no regular expression.
        """
        self._text = re.compile(pattern)
        self._binary: re.Pattern[bytes] | None
        try:
            self._binary = re.compile(pattern.encode(errors="surrogateescape"))
        except (re.error, ValueError):
            self._binary = None

    def find(self, opcode: Opcode, payloads: list[bytes]) -> list[int]:
        """Find the messages that match; give their indexes."""
        if opcode is Opcode.TEXT:
            search = self._text.search
            return [n for n, data in enumerate(payloads) if search(data.decode())]
        if self._binary is None:
            return []
        search_bytes = self._binary.search
        return [n for n, data in enumerate(payloads) if search_bytes(data)]
