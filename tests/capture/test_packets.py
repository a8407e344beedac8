"""The TCP segment in a packet."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.packets import LINK_TYPES, parse_segment

from support.captures import ethernet, ipv4, ipv6, tcp


KEY4 = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + struct.pack("!HH", 40000, 80)
TCP = tcp((40000, 80), 5, b"data", flags=0x18, acknowledgment=7)
IPV4 = ipv4("10.0.0.1", "10.0.0.2", TCP)
IPV6 = ipv6("::1", "::2", TCP)
FOUND = (5, 7, 0x18, b"data", 0)

PACKETS = {
    "Ethernet": (1, ethernet(IPV4)),
    "Ethernet with padding": (1, ethernet(IPV4) + bytes(6)),
    "VLAN": (1, ethernet(IPV4, tags=[0x8100])),
    "two VLANs": (1, ethernet(IPV4, tags=[0x88A8, 0x8100])),
    "loopback": (0, b"\x02\0\0\0" + IPV4),
    "loopback of OpenBSD": (108, b"\0\0\0\x02" + IPV4),
    "raw": (101, IPV4),
    "raw of others": (12, IPV4),
    "raw IPv4": (228, IPV4),
    "cooked": (113, bytes(14) + b"\x08\0" + IPV4),
    "cooked with VLAN": (113, bytes(14) + b"\x81\0\0\x07\x08\0" + IPV4),
    "cooked v2": (276, b"\x08\0" + bytes(18) + IPV4),
    "TCP options": (
        101,
        ipv4(
            "10.0.0.1",
            "10.0.0.2",
            tcp(
                (40000, 80), 5, b"data", flags=0x18, acknowledgment=7, options=bytes(12)
            ),
        ),
    ),
    "no total length": (101, ipv4("10.0.0.1", "10.0.0.2", TCP, total=0)),
    "IPv6": (1, ethernet(IPV6, 0x86DD)),
    "raw IPv6": (229, IPV6),
    "cooked v2 IPv6": (276, b"\x86\xdd" + bytes(18) + IPV6),
    "IPv6 extension": (
        101,
        ipv6(
            "::1",
            "::2",
            b"\x3c\0" + bytes(6) + b"\x06\x01" + bytes(14) + TCP,
            protocol=0,
        ),
    ),
    "IPv6 authentication": (
        101,
        ipv6("::1", "::2", b"\x06\x01" + bytes(10) + TCP, protocol=51),
    ),
}


@pytest.mark.parametrize(("link_type", "data"), PACKETS.values(), ids=PACKETS)
def test_segments(link_type, data):
    """TCP is found beneath each link layer and IP version."""
    key, *found = parse_segment(link_type, data)

    assert tuple(found) == FOUND
    assert key == KEY4 or (len(key) == 36 and key[-4:] == KEY4[-4:])


OTHERS = {
    "nothing": (1, b""),
    "ARP": (1, ethernet(bytes(40), 0x0806)),
    "UDP": (101, ipv4("10.0.0.1", "10.0.0.2", bytes(40), protocol=17)),
    "fragment": (101, ipv4("10.0.0.1", "10.0.0.2", TCP, fragment=0x2000)),
    "later fragment": (101, ipv4("10.0.0.1", "10.0.0.2", TCP, fragment=5)),
    "IPv6 UDP": (101, ipv6("::1", "::2", bytes(40), protocol=17)),
    "IPv6 fragment": (101, ipv6("::1", "::2", b"\x06" + bytes(7) + TCP, protocol=44)),
    "IPv6 chain without end": (101, ipv6("::1", "::2", bytes(16), protocol=0)),
    "IP version": (101, b"\x50" + bytes(50)),
    "TCP offset too small": (101, ipv4("10.0.0.1", "10.0.0.2", bytes(20))),
    "TCP cut off": (101, ipv4("10.0.0.1", "10.0.0.2", TCP)[:39]),
    "unknown link type": (147, IPV4),
    "cooked v2 of something else": (276, bytes(20) + IPV4),
}


@pytest.mark.parametrize(("link_type", "data"), OTHERS.values(), ids=OTHERS)
def test_no_segment(link_type, data):
    """What holds no whole TCP header is none."""
    assert parse_segment(link_type, data) is None


def test_packet_that_is_cut():
    """A packet that wasn't captured whole says how much is missing."""
    assert parse_segment(101, IPV4[:-3])[4:] == (b"d", 3)


@given(st.sampled_from([*LINK_TYPES, 147]), st.binary(max_size=120))
def test_any_bytes(link_type, data):
    """Any bytes at all hold a segment or none."""
    parse_segment(link_type, data)


@given(st.sampled_from(list(PACKETS.values())), st.data())
def test_damaged_packets(packet, data):
    """A packet with some bytes changed holds a segment or none."""
    link_type, good = packet
    changed = bytearray(good)
    for _ in range(3):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(
            st.integers(0, 255)
        )
    parse_segment(link_type, bytes(changed))


@pytest.mark.parametrize(
    ("link_type", "packet"),
    [
        (1, ethernet(ipv4("1.2.3.4", "1.2.3.5", bytes(40), fragment=0x2000))),
        (101, ipv4("1.2.3.4", "1.2.3.5", b"\x50" * 40, fragment=5)),
        (101, ipv6("::1", "::2", b"\x06" + b"\x50" * 40, protocol=44)),
    ],
    ids=["first", "later", "IPv6"],
)
def test_fragments(link_type, packet):
    """A fragment of IP holds no whole segment."""
    assert parse_segment(link_type, packet) is None
