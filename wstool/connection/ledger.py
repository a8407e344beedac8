"""Which messages have gone out, told from how many bytes have."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


__all__ = ["Ledger"]

_MASKED_HEADER_SIZE = 6


class _Entry(NamedTuple):
    end: int
    """Bytes sent in all, up to the end of this batch."""
    messages: int
    """Messages sent in all, up to the end of this batch."""
    payloads: list[bytes]


class Ledger:
    """
    Keep account of a client's messages until they are acknowledged.

    A batch that went out in part is counted frame by frame. Where some of its messages
    were compressed or fragmented, their frames' sizes aren't known, and it counts only
    once it is out whole.
    """

    def __init__(self) -> None:
        self.plain_size = 0
        """Messages below this size, in bytes, are one uncompressed frame."""
        self._entries: deque[_Entry] = deque()
        self._out = 0
        self.total = 0
        """Messages given to the connection."""

    def add(self, payloads: list[bytes], *, end: int) -> None:
        """
        Enter messages just sent.

        Args:
            end: Bytes sent in all, these messages included.
        """
        if not payloads:
            return
        self.total += len(payloads)
        self._entries.append(_Entry(end, self.total, payloads))

    def forget(self, acknowledged: int) -> None:
        """Drop what is out whole, given the bytes that are acknowledged."""
        entries = self._entries
        while entries and entries[0].end <= acknowledged:
            self._out = entries.popleft().messages

    def count_out(self, acknowledged: int) -> int:
        """Count the messages out whole, given the bytes that are acknowledged."""
        self.forget(acknowledged)
        entries = self._entries
        if not entries or max(map(len, entries[0].payloads)) >= self.plain_size:
            return self._out
        return self._out + _count_frames(entries[0], acknowledged)


def _count_frames(entry: _Entry, acknowledged: int) -> int:
    sizes = [_frame_size(len(payload)) for payload in entry.payloads]
    position = entry.end - sum(sizes)
    count = 0
    for size in sizes:
        position += size
        if position > acknowledged:
            break
        count += 1
    return count


def _frame_size(payload_length: int) -> int:
    if payload_length <= 125:
        return _MASKED_HEADER_SIZE + payload_length
    return _MASKED_HEADER_SIZE + payload_length + (2 if payload_length <= 0xFFFF else 8)
