"""Packets out of a capture file, pcap or pcapng, which comes in pieces."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from wstool.capture.pcap import PcapReader, is_pcap
from wstool.capture.pcapng import PcapngReader, is_pcapng


__all__ = ["CaptureReader", "Packet", "is_capture"]

MAGIC_SIZE = 4
"""Bytes that tell a capture from other files."""


class Packet(NamedTuple):
    """A packet as it was captured; readers give plain tuples like it."""

    time: float
    """Seconds since the epoch."""
    link_type: int
    data: bytes
    """As much of it as was captured."""


class _Reader(Protocol):
    problem: str | None

    def feed(self, data: bytes) -> list[tuple[float, int, bytes]]: ...

    @property
    def left(self) -> tuple[int, int]: ...


def is_capture(magic: bytes) -> bool:
    """Tell a capture by its first four bytes."""
    return is_pcap(magic) or is_pcapng(magic)


class CaptureReader:
    """
    Read packets, whatever the file's format.

    Nothing is raised: what can't be read is a problem, and ends the reading.
    """

    def __init__(self) -> None:
        self._head = b""
        self._reader: _Reader | None = None
        self._end: str | None = None

    def feed(self, data: bytes) -> list[tuple[float, int, bytes]]:
        """Take bytes of the file; give the packets that are whole now."""
        if self._reader is None:
            self._head += data
            if len(self._head) < MAGIC_SIZE:
                return []
            magic = self._head[:MAGIC_SIZE]
            self._reader = PcapReader() if is_pcap(magic) else PcapngReader()
            data, self._head = self._head, b""
        if self._reader.problem is not None:
            return []
        return self._reader.feed(data)

    @property
    def problem(self) -> str | None:
        """What is wrong with the file so far, or if it ends here; None if nothing."""
        if self._reader is None:
            size = len(self._head)
            return f"{size} bytes left at offset 0, no whole header" if size else None
        if self._reader.problem is not None:
            return self._reader.problem
        size, offset = self._reader.left
        if not size:
            return None
        return f"the capture is cut off: {size} bytes left at offset {offset}"
