"""Packets of IP out of their fragments."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.fragments import RAW_IP, Fragments
from wstool.capture.packets import parse_segment

from support.captures import ethernet, ipv4, ipv6, tcp


SEGMENT = tcp((1, 2), 7, bytes(range(100)))
MISSING = "some are missing"
DIFFER = "they overlap and differ"
MALFORMED = "they are malformed"


def fragment4(start, stop=None, *, more=None, data=SEGMENT, number=1, **options):
    """Write a fragment of IPv4."""
    stop = len(data) if stop is None else stop
    more = stop < len(data) if more is None else more
    field = start // 8 | (0x2000 if more else 0)
    piece = data[start:stop]
    return ipv4("1.2.3.4", "1.2.3.5", piece, fragment=field, number=number, **options)


def fragment6(start, stop=None, *, more=None, data=SEGMENT, number=1, protocol=6):
    """Write a fragment of IPv6."""
    stop = len(data) if stop is None else stop
    more = stop < len(data) if more is None else more
    head = struct.pack("!BBHI", protocol, 0, start | more, number)
    return ipv6("::1", "::2", head + data[start:stop], protocol=44)


def put_together(*packets, link_type=RAW_IP, times=None):
    """Take packets; give the segments' payloads, and what was given up."""
    fragments = Fragments()
    found = []
    for number, packet in enumerate(packets):
        whole = fragments.take(times[number] if times else 0.0, link_type, packet)
        if whole is not None:
            found.append(parse_segment(RAW_IP, whole))
    fragments.finish()
    return [segment and segment[4] for segment in found], dict(fragments.given_up)


WHOLE = ([SEGMENT[20:]], {})


@pytest.mark.parametrize("fragment", [fragment4, fragment6])
@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param([(0, 64), (64, None)], id="in-order"),
        pytest.param([(64, None), (0, 64)], id="last-first"),
        pytest.param([(64, None), (0, 32), (32, 64)], id="three"),
        pytest.param([(0, 64), (0, 64), (64, None), (64, None)], id="twice"),
        pytest.param([(0, 64), (64, None), (0, 64), (64, None)], id="again"),
        pytest.param([(0, 64), (32, 96), (88, None)], id="overlap"),
        pytest.param([(0, 8), (16, 24), (64, None), (8, 72)], id="bridge"),
        pytest.param([(16, 24), (0, 96), (64, None)], id="around"),
    ],
)
def test_packet(fragment, cuts):
    """Fragments are put together, whatever their order, and however often they come."""
    assert put_together(*(fragment(*cut) for cut in cuts)) == WHOLE


def test_what_the_packet_says():
    """The packet has addresses, ports and numbers of its parts."""
    fragments = Fragments()
    options = b"\1" * 4
    first = bytearray(fragment4(0, 64))
    first = bytes([0x46]) + bytes(first[1:20]) + options + bytes(first[20:])
    first = first[:2] + len(first).to_bytes(2, "big") + first[4:]
    assert fragments.take(0.0, 1, ethernet(first, tags=[0x8100])) is None
    whole = fragments.take(0.0, 1, ethernet(fragment4(64), tags=[0x8100]))

    assert parse_segment(RAW_IP, whole) == parse_segment(
        RAW_IP, ipv4("1.2.3.4", "1.2.3.5", SEGMENT)
    )
    assert fragments.whole == 1


def test_extension_headers():
    """Of IPv6, extension headers may stand on both sides of the fragment's."""
    option = struct.pack("!BB6x", 6, 0)
    packets = [
        fragment6(0, 64, data=option + SEGMENT, protocol=60),
        fragment6(64, data=option + SEGMENT, protocol=60),
    ]
    before = struct.pack("!BB6x", 44, 0)
    packets = [
        packet[:4]
        + (len(packet) - 32).to_bytes(2, "big")
        + b"\0"
        + packet[7:40]
        + before
        + packet[40:]
        for packet in packets
    ]

    assert put_together(*packets) == WHOLE


def test_one_fragment():
    """Of IPv6, a fragment may be all of a packet (RFC 6946)."""
    assert put_together(fragment6(0)) == WHOLE


def test_several_packets():
    """Fragments of several packets are told apart by number and addresses."""
    other = tcp((1, 2), 9, b"x" * 80)
    packets = [
        fragment4(0, 64),
        fragment4(0, 64, data=other, number=2),
        fragment6(0, 64, data=other, number=1),
        fragment4(64, data=other, number=2),
        fragment6(64, data=other, number=1),
        fragment4(64),
    ]

    assert put_together(*packets) == ([b"x" * 80, b"x" * 80, SEGMENT[20:]], {})


@pytest.mark.parametrize("fragment", [fragment4, fragment6])
@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        pytest.param([(0, 64)], MISSING, id="no-last"),
        pytest.param([(64, None)], MISSING, id="no-first"),
        pytest.param([(0, 32), (64, None)], MISSING, id="no-middle"),
        pytest.param([(0, 61)], MALFORMED, id="odd-size"),
        pytest.param([(64, 64)], MALFORMED, id="no-bytes"),
    ],
)
def test_given_up(fragment, pieces, reason):
    """What can't be put together is counted, with the reason."""
    assert put_together(*(fragment(*piece) for piece in pieces)) == ([], {reason: 1})


@pytest.mark.parametrize("fragment", [fragment4, fragment6])
@pytest.mark.parametrize(
    "order", [[0, 1, 2], [1, 0, 2], [2, 1, 0]], ids=["late", "early", "last"]
)
def test_fragments_that_differ(fragment, order):
    """Nobody knows which of two fragments was taken, so that neither is."""
    other = SEGMENT[:40] + b"attack!!" + SEGMENT[48:]
    packets = [fragment(0, 64), fragment(40, 72, data=other), fragment(64)]

    assert put_together(*(packets[index] for index in order)) == ([], {DIFFER: 1})


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param([fragment4(64, 96, more=False), fragment4(64)], id="later"),
        pytest.param([fragment4(64), fragment4(64, 96, more=False)], id="earlier"),
        pytest.param([fragment4(64, 96), fragment4(8, 32, more=False)], id="before"),
        pytest.param([fragment4(8, 32, more=False), fragment4(64, 96)], id="behind"),
    ],
)
def test_ends_that_differ(packets):
    """A packet has one end, and nothing behind it."""
    assert put_together(*packets, fragment4(32, 64)) == ([], {DIFFER: 1})


def test_too_long():
    """No packet is longer than its length field can say."""
    packet = fragment4(65_528, 65_536, more=True, data=bytes(65_600))

    assert put_together(packet) == ([], {MALFORMED: 1})


def test_not_captured_whole():
    """A fragment that was not captured whole leaves the packet a part."""
    assert put_together(fragment4(0, 64)[:-1], fragment4(64)) == (
        [],
        {"they were not captured whole": 1},
    )


def test_numbers_are_used_again():
    """After a time, a number is that of another packet."""
    other = tcp((1, 2), 9, b"x" * 80)
    first = [fragment4(0, 64), fragment4(64)]
    second = [fragment4(0, 64, data=other), fragment4(64, data=other)]

    payloads = [SEGMENT[20:], b"x" * 80]
    assert put_together(*first, *second) == (payloads, {})
    assert put_together(first[0], *second, times=[0, 61, 61]) == (
        payloads[1:],
        {MISSING: 1},
    )


@pytest.mark.parametrize(
    ("link_type", "packet"),
    [
        (RAW_IP, ipv4("1.2.3.4", "1.2.3.5", SEGMENT)),
        (RAW_IP, fragment4(0, 64, protocol=17)),
        (RAW_IP, fragment6(0, 64, protocol=17)),
        (RAW_IP, ipv6("::1", "::2", SEGMENT)),
        (RAW_IP, b"\x45"),
        (RAW_IP, b"\x00" * 60),
        (999, fragment4(0, 64)),
    ],
    ids=["whole", "UDP", "IPv6-UDP", "IPv6-whole", "short", "version", "link"],
)
def test_other_packets(link_type, packet):
    """What is no fragment of TCP is nothing to count."""
    assert put_together(packet, link_type=link_type) == ([], {})


@pytest.mark.parametrize("start", [0, 65_000])
def test_many_packets(start):
    """However many packets never get whole, only so much of them is kept."""
    fragments = Fragments()
    for number in range(5_000):
        packet = fragment6(
            start, start + 8, more=True, data=bytes(65_100), number=number
        )
        assert fragments.take(0.0, RAW_IP, packet) is None
        assert fragments.kept <= 1 << 22
        assert fragments.in_flight <= 256
    fragments.finish()

    crowded = fragments.given_up["too many packets at once"]
    assert crowded + fragments.given_up[MISSING] == 5_000


def test_many_fragments():
    """A packet of more fragments than any path makes is given up, once."""
    data = bytes(8 * 1000)
    packets = [fragment4(start, start + 8, data=data) for start in range(0, 7000, 16)]

    assert put_together(*packets) == ([], {"more than 256 of a packet": 1})


@given(st.permutations(range(15)), st.lists(st.integers(1, 3), min_size=15))
def test_any_order(order, sizes):
    """Pieces in any order and of any size make the same packet."""
    pieces = [
        fragment4(8 * index, min(8 * (index + size), len(SEGMENT)))
        for index, size in zip(order, sizes, strict=False)
    ]
    payloads, given_up = put_together(*pieces)

    assert payloads[:1] == [SEGMENT[20:]]
    assert set(given_up) <= {MISSING}


@given(st.integers(0, 1 << 32), st.sampled_from([fragment4, fragment6]))
def test_any_damage(seed, fragment):
    """Whatever fragments say, they make a packet or none."""
    chance = random.Random(seed)
    packets = []
    for _ in range(20):
        start = 8 * chance.randrange(15)
        packet = bytearray(fragment(start, start + chance.randrange(30)))
        packet[chance.randrange(len(packet))] = chance.randrange(256)
        packets.append(bytes(packet))
    put_together(*packets)
