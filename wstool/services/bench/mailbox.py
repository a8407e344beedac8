"""
What was published, for those who ask what came since a message they know.

Messages are counted from 1 on. Memory is bounded: the oldest are forgotten.
"""

from __future__ import annotations

from collections import deque

from wstool.wire.opcode import Opcode


__all__ = ["Forgotten", "Mailbox", "read_messages"]

_LIMIT = 64 << 20
# What a message takes besides its payload, roughly.
_ENTRY_SIZE = 64
_PREFIX_SIZE = 4


class Forgotten(Exception):
    """The messages asked for are not kept any more."""


class Mailbox:
    """The latest messages, in order, as bodies of responses."""

    def __init__(self, opcode: Opcode, *, limit: int = _LIMIT) -> None:
        """
        Start without messages.

        Args:
            opcode: Text messages are lines, binary ones have their length in front, as
                a number of four bytes.
            limit: Bytes that are kept.
        """
        self._is_binary = opcode is Opcode.BINARY
        self._limit = limit
        self._entries: deque[bytes] = deque()
        self._size = 0
        self._bodies: dict[int, bytes] = {}
        self.last = 0
        """Number of the latest message; 0 without any."""

    def append(self, payloads: list[bytes]) -> None:
        """Take messages."""
        self._bodies.clear()
        for payload in payloads:
            entry = self._frame(payload)
            self._entries.append(entry)
            self._size += len(entry) + _ENTRY_SIZE
        self.last += len(payloads)
        while self._size > self._limit and len(self._entries) > 1:
            self._size -= len(self._entries.popleft()) + _ENTRY_SIZE

    def read(self, since: int) -> bytes:
        """
        Read what came since a message; made once for all who ask for the same.

        Raises:
            Forgotten: If not all of it is kept.
        """
        body = self._bodies.get(since)
        if body is None:
            start = len(self._entries) - (self.last - since)
            if start < 0:
                raise Forgotten
            entries = self._entries
            # From the end, where those are that are asked for.
            latest = [entries[i - len(entries)] for i in range(start, len(entries))]
            body = self._bodies[since] = b"".join(latest)
        return body

    def _frame(self, payload: bytes) -> bytes:
        if self._is_binary:
            return len(payload).to_bytes(_PREFIX_SIZE) + payload
        return payload + b"\n"


def read_messages(opcode: Opcode, body: bytes) -> list[bytes]:
    """
    Read the messages of a body.

    Raises:
        ValueError: If it is cut off.
    """
    if opcode is not Opcode.BINARY:
        lines = body.split(b"\n")
        if lines.pop():
            raise ValueError("the last line has no end")
        return lines
    messages = []
    position = 0
    while position < len(body):
        start = position + _PREFIX_SIZE
        position = start + int.from_bytes(body[position:start])
        if position > len(body):
            raise ValueError("the last message is cut off")
        messages.append(body[start:position])
    return messages
