"""The next generation capture format: blocks, of which some hold packets."""

from __future__ import annotations

import struct
from typing import NamedTuple


__all__ = ["PcapngReader", "is_pcapng", "parse_options"]

_SECTION = 0x0A0D_0D0A
_INTERFACE = 0x0000_0001
_OLD_PACKET = 0x0000_0002
_SIMPLE_PACKET = 0x0000_0003
_ENHANCED_PACKET = 0x0000_0006
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_OPTION_RESOLUTION = 9
_OPTION_OFFSET = 14
_MAX_BLOCK = 1 << 26
_MIN_BLOCK = 12
_MAX_TIME = 253_402_300_799.0
"""The end of the year 9999, after which nothing is captured."""


class _Interface(NamedTuple):
    link_type: int
    units: float
    """Units of time in a second."""
    offset: int
    """Seconds to add to each time."""
    snap_length: int


def is_pcapng(magic: bytes) -> bool:
    """Tell such a file by its first four bytes."""
    return magic == b"\x0a\x0d\x0d\x0a"


class PcapngReader:
    """Read packets as the file's bytes come."""

    __slots__ = ("_buffer", "_interfaces", "_offset", "_order", "problem")

    def __init__(self) -> None:
        self._buffer = b""
        self._offset = 0
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self.problem: str | None = None
        """What can't be read; nothing is read after it."""

    @property
    def left(self) -> tuple[int, int]:
        """How many bytes make no whole block yet, and their offset."""
        return len(self._buffer), self._offset

    def feed(self, data: bytes) -> list[tuple[float, int, bytes]]:
        """Take bytes; give the packets that are whole now."""
        data = self._buffer + data if self._buffer else data
        packets: list[tuple[float, int, bytes]] = []
        position = 0
        while position + _MIN_BLOCK <= len(data):
            size = self._measure(data, position)
            if size is None:
                self.problem = f"no block at offset {self._offset + position}"
                break
            end = position + size
            if end > len(data):
                break
            (kind,) = struct.unpack_from(f"{self._order}I", data, position)
            try:
                packet = self._take(kind, data[position + 8 : end - 4])
            except (struct.error, IndexError):
                self.problem = f"malformed block at offset {self._offset + position}"
                break
            if packet is not None:
                packets.append(packet)
            position = end
        self._buffer = data[position:]
        self._offset += position
        return packets

    def _measure(self, data: bytes, position: int) -> int | None:
        """Find the size of the block; None if it can't be one."""
        if data[position : position + 4] == b"\x0a\x0d\x0d\x0a":
            order = _ORDERS.get(data[position + 8 : position + 12])
            if order is None:
                return None
            self._order = order
            self._interfaces = []
        (size,) = struct.unpack_from(f"{self._order}I", data, position + 4)
        if size % 4 or not _MIN_BLOCK <= size <= _MAX_BLOCK:
            return None
        return int(size)

    def _take(self, kind: int, body: bytes) -> tuple[float, int, bytes] | None:
        order = self._order
        if kind == _ENHANCED_PACKET:
            index, high, low, captured, _ = struct.unpack_from(f"{order}IIIII", body)
            return self._packet(index, high, low, body[20 : 20 + captured])
        if kind == _OLD_PACKET:
            index, _, high, low, captured, _ = struct.unpack_from(
                f"{order}HHIIII", body
            )
            return self._packet(index, high, low, body[20 : 20 + captured])
        if kind == _SIMPLE_PACKET:
            (size,) = struct.unpack_from(f"{order}I", body)
            interface = self._interfaces[0]
            size = min(size, interface.snap_length or size)
            return 0.0, interface.link_type, body[4 : 4 + size]
        if kind == _INTERFACE:
            self._interfaces.append(self._parse_interface(body))
        return None

    def _packet(
        self, index: int, high: int, low: int, data: bytes
    ) -> tuple[float, int, bytes]:
        interface = self._interfaces[index]
        time = (high << 32 | low) / interface.units + interface.offset
        return min(max(time, 0.0), _MAX_TIME), interface.link_type, data

    def _parse_interface(self, body: bytes) -> _Interface:
        link_type, _, snap_length = struct.unpack_from(f"{self._order}HHI", body)
        units, offset = 1e6, 0
        for code, value in parse_options(body[8:], self._order):
            if code == _OPTION_RESOLUTION and value:
                exponent = value[0] & 0x7F
                units = float(2**exponent if value[0] & 0x80 else 10**exponent)
            elif code == _OPTION_OFFSET and len(value) == 8:
                (offset,) = struct.unpack(f"{self._order}q", value)
        return _Interface(link_type, units, offset, snap_length)


def parse_options(data: bytes, order: str) -> list[tuple[int, bytes]]:
    """Parse the options at the end of a block, as far as they go."""
    options = []
    position = 0
    while position + 4 <= len(data):
        code, size = struct.unpack_from(f"{order}HH", data, position)
        if code == 0:
            break
        options.append((code, data[position + 4 : position + 4 + size]))
        position += 4 + (size + 3) // 4 * 4
    return options
