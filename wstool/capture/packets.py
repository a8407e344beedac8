"""
The TCP segment in a packet: link layer, VLAN tags, IPv4 or IPv6, TCP.

A packet that holds no TCP segment gives None; nothing is raised, whatever it holds.
"""

from __future__ import annotations

from struct import Struct


__all__ = [
    "ACK",
    "FIN",
    "LINK_TYPES",
    "RST",
    "SYN",
    "Segment",
    "find_ip",
    "parse_segment",
]

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

Segment = tuple[bytes, int, int, int, bytes, int]
"""
A TCP segment: key of its direction, sequence number, acknowledgment number, flags,
payload, and how many bytes of the payload were not captured.

The key is both addresses and both ports, the source's first; its size tells IPv4 from
IPv6.
"""

_TCP = 6
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN_TYPES = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140, 253, 254})
"""IPv6 extension headers that say how long they are: hop-by-hop, routing, ..."""
_AUTHENTICATION, _FRAGMENT = 51, 44
_MORE_FRAGMENTS = 0x2000
_FRAGMENT_OFFSET = 0x1FFF

_HEADER = Struct("!IIBB")
_NULL, _ETHERNET, _RAW, _LOOP, _COOKED, _COOKED2 = 0, 1, 101, 108, 113, 276

LINK_TYPES = {
    _NULL: "loopback",
    _ETHERNET: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    _RAW: "raw IP",
    _LOOP: "loopback",
    _COOKED: "Linux cooked",
    228: "raw IPv4",
    229: "raw IPv6",
    _COOKED2: "Linux cooked v2",
}
"""Link layers that can be read."""


def parse_segment(link_type: int, data: bytes) -> Segment | None:
    """Parse a packet; None if it holds no TCP segment, or only a piece of one."""
    start = 14
    if link_type != _ETHERNET or data[12:14] != b"\x08\x00":
        start = find_ip(link_type, data)
    if len(data) < start + 40:
        return None
    version = data[start] >> 4
    if version == 4:
        return _parse_ipv4(data, start)
    return _parse_ipv6(data, start) if version == 6 else None


def find_ip(link_type: int, data: bytes) -> int:
    """Find where IP begins; behind the end if nowhere."""
    if link_type == _ETHERNET:
        return _skip_ethernet(data, 12)
    if link_type in (_NULL, _LOOP):
        return 4
    if link_type == _COOKED:
        return _skip_ethernet(data, 14)
    if link_type == _COOKED2:
        # The protocol comes first, and 18 bytes after it the payload.
        return 20 if data[:2] in (b"\x08\x00", b"\x86\xdd") else len(data)
    return 0 if link_type in LINK_TYPES else len(data)


def _skip_ethernet(data: bytes, position: int) -> int:
    """Find where IP begins behind a field with the protocol, and VLAN tags."""
    while position + 2 <= len(data):
        kind = data[position] << 8 | data[position + 1]
        if kind in (_IPV4, _IPV6):
            return position + 2
        if kind not in _VLAN_TYPES:
            break
        position += 4
    return len(data)


def _parse_ipv4(data: bytes, start: int) -> Segment | None:
    fragment = data[start + 6] << 8 | data[start + 7]
    if data[start + 9] != _TCP or fragment & (_MORE_FRAGMENTS | _FRAGMENT_OFFSET):
        return None
    tcp = start + (data[start] & 0x0F) * 4
    total = data[start + 2] << 8 | data[start + 3]
    # An offloaded segment may have no length, and goes to the end.
    end = start + total if total else len(data)
    return _parse_tcp(data, data[start + 12 : start + 20], tcp, end)


def _parse_ipv6(data: bytes, start: int) -> Segment | None:
    size = data[start + 4] << 8 | data[start + 5]
    end = start + 40 + size if size else len(data)
    protocol, position = data[start + 6], start + 40
    while protocol != _TCP:
        if position + 8 > len(data) or protocol == _FRAGMENT:
            return None
        if protocol in _EXTENSIONS:
            length = (data[position + 1] + 1) * 8
        elif protocol == _AUTHENTICATION:
            length = (data[position + 1] + 2) * 4
        else:
            return None
        protocol, position = data[position], position + length
    return _parse_tcp(data, data[start + 8 : start + 40], position, end)


def _parse_tcp(data: bytes, addresses: bytes, tcp: int, end: int) -> Segment | None:
    if tcp + 20 > len(data):
        return None
    sequence, acknowledgment, offset, flags = _HEADER.unpack_from(data, tcp + 4)
    start = tcp + (offset >> 4) * 4
    if start > end or offset < 0x50:
        return None
    payload = data[start:end]
    return (
        addresses + data[tcp : tcp + 4],
        sequence,
        acknowledgment,
        flags,
        payload,
        end - start - len(payload),
    )
