"""
Captures written: pcapng blocks, and the TCP packets of a conversation.

The packets are made up around the bytes that were seen: raw IP, with checksums of TCP
left out as if the network card made them.
"""

from __future__ import annotations

import ipaddress
import struct


__all__ = ["Conversation", "serialize_head", "serialize_packet"]

_RAW_IP = 101
_MAX_SEGMENT = 32_768
_MODULUS = 1 << 32
_FIN, _SYN, _RST, _PUSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10


def serialize_head() -> bytes:
    """Serialize what a file begins with: a section and an interface for raw IP."""
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack("<HHI", _RAW_IP, 0, 0)
    return _serialize_block(0x0A0D0D0A, section) + _serialize_block(1, interface)


def serialize_packet(time: float, data: bytes) -> bytes:
    """Serialize a packet, captured at a time in seconds since the epoch."""
    high, low = divmod(max(round(time * 1_000_000), 0), _MODULUS)
    head = struct.pack("<IIIII", 0, high, low, len(data), len(data))
    return _serialize_block(6, head + data)


def _serialize_block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


class Conversation:
    """Write the packets of one TCP connection."""

    def __init__(self, client: tuple[str, int], server: tuple[str, int]) -> None:
        """
        Start before the first packet.

        Args:
            client: IP address and port.
            server: The same of the other side, of the same version of IP.
        """
        self._sides = {True: client, False: server}
        self._next = {True: 0, False: 0}
        self._begun = False

    def write(self, from_client: bool, data: bytes, time: float) -> bytes:
        """Write bytes of one side; before the first ones the connection is made."""
        blocks = [] if self._begun else [self._begin(time)]
        for start in range(0, len(data), _MAX_SEGMENT):
            piece = data[start : start + _MAX_SEGMENT]
            blocks.append(self._packet(from_client, piece, _ACK | _PUSH, time))
            self._count(from_client, len(piece))
        return b"".join(blocks)

    def skip(self, from_client: bool, size: int) -> None:
        """Leave out bytes of one side, as if their packets had been missed."""
        self._count(from_client, size)

    def finish(self, time: float, *, by_client: bool | None = None) -> bytes:
        """
        Write the end of both sides.

        Args:
            by_client: Which side ended it first; None for both at once.
        """
        if not self._begun:
            return b""
        first = by_client is not False
        blocks = [self._packet(first, b"", _FIN | _ACK, time)]
        # Neither end acknowledges the other where nobody was the first.
        if by_client is not None:
            self._count(first, 1)
        blocks.append(self._packet(not first, b"", _FIN | _ACK, time))
        self._count(not first, 1)
        if by_client is None:
            self._count(first, 1)
        blocks.append(self._packet(first, b"", _ACK, time))
        return b"".join(blocks)

    def reset(self, time: float, *, by_client: bool) -> bytes:
        """Write that a side resets the connection."""
        return self._packet(by_client, b"", _RST | _ACK, time) if self._begun else b""

    def _begin(self, time: float) -> bytes:
        self._begun = True
        asked = self._packet(True, b"", _SYN, time)
        self._count(True, 1)
        answered = self._packet(False, b"", _SYN | _ACK, time)
        self._count(False, 1)
        return asked + answered + self._packet(True, b"", _ACK, time)

    def _count(self, side: bool, size: int) -> None:
        self._next[side] = (self._next[side] + size) % _MODULUS

    def _packet(self, from_client: bool, data: bytes, flags: int, time: float) -> bytes:
        (source, source_port), (target, target_port) = (
            self._sides[from_client],
            self._sides[not from_client],
        )
        acknowledged = self._next[not from_client] if flags & _ACK else 0
        segment = struct.pack(
            "!HHIIBBHHH",
            source_port,
            target_port,
            self._next[from_client],
            acknowledged,
            5 << 4,
            flags,
            0xFFFF,
            0,
            0,
        )
        return serialize_packet(time, _serialize_ip(source, target, segment + data))


def _serialize_ip(source: str, target: str, payload: bytes) -> bytes:
    addresses = [ipaddress.ip_address(address) for address in (source, target)]
    packed = b"".join(address.packed for address in addresses)
    if addresses[0].version == 6:
        return struct.pack("!IHBB", 6 << 28, len(payload), 6, 64) + packed + payload
    total = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0x4000, 64, 6, 0) + packed
    checksum = _compute_checksum(head)
    return head[:10] + checksum.to_bytes(2, "big") + head[12:] + payload


def _compute_checksum(head: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(head) // 2}H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
