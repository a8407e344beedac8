"""TCP streams out of segments."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.packets import parse_segment
from wstool.capture.recent import RecentPackets
from wstool.capture.tcp import TcpStreams

from support.captures import FIN, RST, SYN, Sink, Talk, ethernet, ipv4, ipv6, tcp


def assemble(packets, compare=None):
    """Put packets together; give the sink and the streams."""
    sink = Sink()
    streams = TcpStreams(sink, compare)
    for packet in packets:
        streams.take(0.0, parse_segment(1, packet))
    streams.finish()
    return sink, streams


def segments(*items):
    """Make packets of one side; an item is a sequence number, data, and flags."""
    packets = []
    for sequence, data, *flags in items:
        segment = tcp(
            (1, 2), sequence % (1 << 32), data, flags=flags[0] if flags else 16
        )
        packets.append(ethernet(ipv4("10.0.0.1", "10.0.0.2", segment)))
    return packets


def acknowledge(number):
    """Make a packet of the other side that acknowledges."""
    segment = tcp((2, 1), 0, flags=16, acknowledgment=number)
    return ethernet(ipv4("10.0.0.2", "10.0.0.1", segment))


def test_both_directions():
    """Data of both sides is told apart, and the end comes after it."""
    talk = Talk().send(b"ask").receive(b"tell").send(b"more").end()

    assert assemble(talk.packets)[0].events == [
        (True, b"ask"),
        (False, b"tell"),
        (True, b"more"),
        "end",
    ]


def test_reset():
    """A connection that is reset is over."""
    assert assemble(Talk().send(b"a").end(reset=True).packets)[0].events == [
        (True, b"a"),
        "reset",
    ]


@pytest.mark.parametrize(
    ("items", "events"),
    [
        pytest.param([(0, b"ab"), (2, b"cd")], [b"ab", b"cd"], id="in-order"),
        pytest.param([(0, b"ab"), (0, b"ab"), (2, b"c")], [b"ab", b"c"], id="twice"),
        pytest.param([(0, b"ab"), (1, b"bc")], [b"ab", b"c"], id="overlap"),
        pytest.param([(0, b"abc"), (1, b"b")], [b"abc"], id="inside"),
        pytest.param([(0, b"a"), (2, b"c"), (1, b"b")], [b"a", b"b", b"c"], id="late"),
        pytest.param(
            [(0, b"a"), (3, b"d"), (2, b"cd"), (1, b"b")], [b"a", b"b", b"cd"], id="mix"
        ),
        pytest.param([(0, b"a"), (3, b"d")], [b"a", 2, b"d"], id="gap"),
        pytest.param(
            [(0, b"a"), (2, b"c"), (2, b"cd"), (2, b"c")], [b"a", 1, b"cd"], id="longer"
        ),
        pytest.param(
            [(-2, b"ab"), (0, b"cd"), (-1, b"bcde")], [b"ab", b"cd", b"e"], id="wrap"
        ),
        pytest.param([(9, b"", SYN), (10, b"a")], [b"a"], id="syn"),
        pytest.param([(9, b"a", SYN), (11, b"b")], [b"a", b"b"], id="syn-with-data"),
        pytest.param(
            [(9, b"", SYN), (9, b"", SYN), (10, b"a")], [b"a"], id="syn-twice"
        ),
        pytest.param(
            [(0, b"a"), (3, b"d", FIN | 16)], [b"a", 2, b"d"], id="gap-before-fin"
        ),
        pytest.param([(0, b"a"), (3, b"", FIN | 16)], [b"a", 2], id="gap-at-the-end"),
        pytest.param([(0, b"a"), (2, b"c"), (9, b"", RST)], [b"a", 1, b"c", "reset"]),
        pytest.param([(0, b"")], [], id="nothing"),
    ],
)
def test_order(items, events):
    """Bytes come once and in order; those that never come are a gap."""
    found = assemble(segments(*items))[0].events

    assert [event if event == "reset" else event[1] for event in found] == events


@pytest.mark.parametrize(
    ("items", "data", "changes"),
    [
        pytest.param(
            [(100, b"abcd"), (100, b"abXY")], b"abcd", [(2, 2, 102)], id="delivered"
        ),
        pytest.param(
            [(100, b"abcd"), (102, b"Xdef")], b"abcdef", [(1, 2, 102)], id="in-part"
        ),
        pytest.param(
            [(100, b"a"), (104, b"ef"), (101, b"bcdXY")],
            b"abcdef",
            [(2, 4, 104)],
            id="waiting",
        ),
        pytest.param(
            [(100, b"a"), (104, b"ef"), (104, b"eXg"), (101, b"bcd")],
            b"abcdefg",
            [(1, 5, 105)],
            id="longer",
        ),
        pytest.param(
            [(100, b"a"), (104, b"ef"), (103, b"dX"), (101, b"bc")],
            b"abcdef",
            [(1, 4, 104)],
            id="late-and-earlier",
        ),
        pytest.param(
            [(100, b"a"), (104, b"efg"), (105, b"Xgh"), (101, b"bcd")],
            b"abcdefgh",
            [(1, 5, 105)],
            id="late-and-later",
        ),
        pytest.param(
            [(-2, b"abcd"), (0, b"cX")], b"abcd", [(1, 3, 1)], id="numbers-begin-again"
        ),
        pytest.param([(100, b"ab"), (100, b"ab")], b"ab", [], id="same"),
        pytest.param([(100, b"ab"), (101, b"\0")], b"ab", [], id="keep-alive"),
    ],
)
def test_what_comes_again_and_is_other(items, data, changes):
    """What came first is taken, and told is where the rest differs."""
    packets = segments(*items)
    recent = RecentPackets()
    recent.keep([(0.0, 1, packet) for packet in packets])
    sink = assemble(packets, recent.compare)[0]

    assert sink.data[True] == data
    assert sink.changes == [(True, *change) for change in changes]


def test_gap_that_was_acknowledged():
    """What the other side acknowledged and nobody captured won't come any more."""
    packets = segments((0, b"a"))
    packets.append(acknowledge(100))
    packets += segments(*((2 + number, b"x") for number in range(8)))
    sink = Sink()
    streams = TcpStreams(sink)
    for packet in packets:
        streams.take(0.0, parse_segment(1, packet))

    assert sink.events[:3] == [(True, b"a"), (True, 1), (True, b"x")]


def test_gap_behind_the_last_byte():
    """What was acknowledged at the end and nobody captured is a gap."""
    packets = [*segments((0, b"a")), acknowledge(5)]

    assert assemble(packets)[0].events == [(True, b"a"), (True, 4)]


def test_late_bytes_are_bounded():
    """Nobody waits for missing bytes without end."""
    sink = Sink()
    streams = TcpStreams(sink)
    for packet in segments((0, b"a"), *((2 + n, b"x") for n in range(1025))):
        streams.take(0.0, parse_segment(1, packet))

    assert sink.events[1] == (True, 1)
    assert sink.data[True] == b"a?" + b"x" * 1025


def test_same_ports_again():
    """Ports that are used again make another connection."""
    first, second = Talk().send(b"a").end(), Talk().send(b"b").end()

    assert assemble(first.packets + second.packets)[0].events == [
        (True, b"a"),
        "end",
        (True, b"b"),
        "end",
    ]


def test_late_words():
    """The last words of a connection begin no other one."""
    talk = Talk().send(b"a").end()

    assert assemble([*talk.packets, talk.packets[2]])[0].events == [(True, b"a"), "end"]


def test_answer_without_its_request():
    """Who answers a connection that nobody saw begin is the server."""
    talk = Talk().send(b"a").receive(b"b")

    assert assemble(talk.packets[1:])[0].events == [(True, b"a"), (False, b"b")]


def test_names():
    """Addresses are named as in URLs."""
    flows = []

    class Names(Sink):
        def data_found(self, flow, forward, data, time):
            flows.append((flow.names, flow.ports))

    streams = TcpStreams(Names())
    for packet in (
        ipv4("10.0.0.1", "10.0.0.2", tcp((1, 2), 0, b"a")),
        ipv6("::1", "fe80::2", tcp((3, 4), 0, b"a")),
    ):
        streams.take(0.0, parse_segment(101, packet))

    assert flows == [
        (("10.0.0.1:1", "10.0.0.2:2"), (1, 2)),
        (("[::1]:3", "[fe80::2]:4"), (3, 4)),
    ]


def test_cut_segment():
    """Bytes that a snap length cut off are a gap."""
    sink = Sink()
    streams = TcpStreams(sink)
    for packet in segments((0, b"abcd"), (4, b"efgh")):
        streams.take(0.0, parse_segment(1, packet[:-3]))

    assert sink.data[True] == b"a???e???"


@given(st.integers(0, (1 << 32) - 1), st.randoms(use_true_random=False))
def test_any_order(start, source):
    """Segments that come twice and in any order give the bytes in order."""
    data = bytes(source.randrange(256) for _ in range(60))
    cuts = sorted({0, 60, *(source.randrange(60) for _ in range(6))})
    pieces = [(start + a + 1, data[a:b]) for a, b in itertools.pairwise(cuts)]
    shuffled = pieces * 2
    source.shuffle(shuffled)

    sink, _ = assemble(segments((start, b"", SYN), *shuffled))

    assert sink.data[True] == data


@given(
    st.lists(st.tuples(st.integers(0, 40), st.binary(max_size=9), st.integers(0, 31)))
)
def test_any_segments(items):
    """Any segments at all are taken."""
    assemble(segments(*items))


def test_many_connections():
    """Connections that never end fill no memory."""
    sink = Sink()
    streams = TcpStreams(sink)
    noise = random.Random(1)
    for _ in range(40_000):
        ports = noise.randrange(1 << 16), noise.randrange(1 << 16)
        packet = ipv4("10.0.0.1", "10.0.0.2", tcp(ports, 0, b"a"))
        streams.take(0.0, parse_segment(101, packet))

    assert sink.events.count("end") > 5000
