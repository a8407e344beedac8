"""The classic capture format of libpcap: a header, then packets."""

from __future__ import annotations

import struct


__all__ = ["PcapReader", "is_pcap"]

_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_HEADER_SIZE = 24
_RECORD_SIZE = 16
_MAX_PACKET = 1 << 26
# The upper bits of the field say how a frame check sequence ends each packet.
_LINK_TYPE_MASK = 0x0FFF_FFFF


def is_pcap(magic: bytes) -> bool:
    """Tell such a file by its first four bytes."""
    return magic in _MAGICS


class PcapReader:
    """Read packets as the file's bytes come."""

    __slots__ = (
        "_buffer",
        "_link_type",
        "_offset",
        "_per_second",
        "_record",
        "problem",
    )

    def __init__(self) -> None:
        self._buffer = b""
        self._offset = 0
        self._record: struct.Struct | None = None
        self._per_second = 1
        self._link_type = 0
        self.problem: str | None = None
        """What can't be read; nothing is read after it."""

    @property
    def left(self) -> tuple[int, int]:
        """How many bytes make no whole packet yet, and their offset."""
        return len(self._buffer), self._offset

    def feed(self, data: bytes) -> list[tuple[float, int, bytes]]:
        """Take bytes; give the packets that are whole now."""
        data = self._buffer + data if self._buffer else data
        position = 0
        if self._record is None:
            if len(data) < _HEADER_SIZE:
                self._buffer = data
                return []
            order, self._per_second = _MAGICS[data[:4]]
            (link_type,) = struct.unpack_from(f"{order}I", data, 20)
            self._link_type = link_type & _LINK_TYPE_MASK
            self._record = struct.Struct(f"{order}IIII")
            position = _HEADER_SIZE
        packets = []
        unpack, per_second = self._record.unpack_from, self._per_second
        link_type = self._link_type
        size = len(data)
        while position + _RECORD_SIZE <= size:
            seconds, fraction, captured, _ = unpack(data, position)
            end = position + _RECORD_SIZE + captured
            if end > size:
                if captured > _MAX_PACKET:
                    where = self._offset + position
                    self.problem = f"no packet at offset {where}: {captured} bytes long"
                break
            start = position + _RECORD_SIZE
            packets.append(
                (seconds + fraction / per_second, link_type, data[start:end])
            )
            position = end
        self._buffer = data[position:]
        self._offset += position
        return packets
