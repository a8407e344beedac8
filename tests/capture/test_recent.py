"""What the latest packets held."""

from __future__ import annotations

import pytest

from wstool.capture.packets import parse_segment
from wstool.capture.recent import RecentPackets

from support.captures import SYN, ethernet, ipv4, tcp


def packet(sequence, payload, flags=16, ports=(1, 2)):
    """Make a packet."""
    segment = tcp(ports, sequence % (1 << 32), payload, flags=flags)
    return 0.0, 1, ethernet(ipv4("1.2.3.4", "1.2.3.5", segment))


KEY = parse_segment(*packet(0, b"")[1:])[0]
OTHER = parse_segment(*packet(0, b"", ports=(3, 4))[1:])[0]


def keep(*chunks):
    """Keep chunks of packets."""
    recent = RecentPackets()
    for chunk in chunks:
        recent.keep(chunk)
    return recent


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param([packet(10, b"abcdef")], id="one"),
        pytest.param([packet(10, b"abc"), packet(13, b"def")], id="two"),
        pytest.param([packet(10, b"abc"), packet(12, b"cdef")], id="overlap"),
        pytest.param([packet(13, b"def"), packet(10, b"abc")], id="late"),
        pytest.param([packet(10, b"abcdef"), packet(10, b"XXXXXX")], id="again"),
        pytest.param([packet(10, b"abc"), packet(11, b"XXdef")], id="again-and-more"),
        pytest.param([packet(9, b"abcdef", SYN)], id="syn"),
        pytest.param(
            [packet(10, b"abc"), packet(10, b"zz", ports=(3, 4)), packet(13, b"def")],
            id="others-between",
        ),
    ],
)
def test_what_came_first(packets):
    """What comes again is compared with what came first, as a whole."""
    recent = keep(packets)

    assert recent.compare(KEY, 10, b"abcdef") == (0, 0)
    assert recent.compare(KEY, 10, b"abcXeX")[0] == 3
    assert recent.compare(KEY, 14, b"X")[1] == 1
    assert recent.compare(KEY, 200, b"abc") == (0, 0)


def test_directions():
    """Directions are told apart."""
    recent = keep([packet(10, b"abc"), packet(10, b"xyz", ports=(3, 4))])

    assert recent.compare(OTHER, 10, b"xyz") == (0, 0)
    assert recent.compare(OTHER, 10, b"abc") == (0, 3)


def test_few_packets_are_kept_with_others():
    """Packets that come one by one are kept as those that come at once."""
    packets = [packet(10 * number, b"abc") for number in range(60)]
    recent = keep(*([one] for one in packets), [])

    assert recent.compare(KEY, 10, b"abX") == (2, 1)
    recent.keep([packet(600, b"abc")])
    assert recent.compare(KEY, 600, b"aXc") == (1, 1)
    assert recent.compare(KEY, 10, b"Xbc") == (0, 1)


def test_only_the_latest_packets_are_kept():
    """What came long ago is not compared with."""
    many = [packet(5000 + number, b"", ports=(3, 4)) for number in range(600)]
    large = [packet(9000 + number, bytes(60_000), ports=(3, 4)) for number in range(6)]
    chunks = [[packet(10, b"abc")], many, large, many, large, [packet(20, b"def")]]

    assert keep(*chunks[:2]).compare(KEY, 10, b"abX") == (2, 1)
    assert keep(*chunks, many, many).compare(KEY, 10, b"abX") == (0, 0)
    assert keep(*chunks, many, many).compare(KEY, 20, b"dXf") == (1, 1)


def test_chunks_are_compared_in_their_order():
    """What came again in a later chunk is nothing to compare with."""
    many = [packet(5000 + number, b"", ports=(3, 4)) for number in range(600)]
    recent = keep([packet(10, b"abc"), *many], [packet(10, b"Xbc"), *many])

    assert recent.compare(KEY, 10, b"abc") == (0, 0)
    assert recent.compare(KEY, 10, b"Xbc") == (0, 1)


def test_many_that_come_again():
    """However often bytes come again, those behind them are kept."""
    again = [packet(10, b"abc"), packet(11, b"bcd")] * 200

    assert keep([*again, packet(14, b"e")]).compare(KEY, 14, b"X") == (0, 1)


def test_many_gaps():
    """Behind very many gaps nothing is compared any more, and nothing kept."""
    recent = keep([packet(10 * number, b"abc") for number in range(10_000)])

    assert recent.compare(KEY, 10, b"aXc") == (1, 1)
    assert recent.compare(KEY, 50_000, b"aXc") == (0, 0)
