"""The next generation capture format."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.pcapng import PcapngReader, is_pcapng, parse_options

from support.captures import block, pcapng


@pytest.mark.parametrize("order", ["<", ">"])
def test_packets(feed_all, order):
    """Packets have their time and link type, in either byte order."""
    data = pcapng(b"one", b"fourfive", order=order, link_type=113)

    assert feed_all(PcapngReader(), data) == [(0, 113, b"one"), (1, 113, b"fourfive")]
    assert is_pcapng(data[:4])


@pytest.mark.parametrize(
    ("options", "units", "time"),
    [
        pytest.param(b"", 1_000_000, 1.0, id="default"),
        pytest.param(b"\x09\0\x01\0\x09\0\0\0", 10**9, 1.0, id="nanoseconds"),
        pytest.param(b"\x09\0\x01\0\x8a\0\0\0", 1 << 10, 1.0, id="power-of-two"),
        pytest.param(
            b"\x0e\0\x08\0\x0a\0\0\0\0\0\0\0\0\0\0\0", 1_000_000, 11.0, id="offset"
        ),
    ],
)
def test_times(options, units, time):
    """An interface says what its times count."""
    packets = PcapngReader().feed(pcapng(b"", b"one", options=options, units=units))

    assert packets[1] == (time, 1, b"one")


def test_other_blocks():
    """Simple and old packets are read, unknown blocks passed over."""
    data = pcapng()
    data += block(3, struct.pack("<I", 3) + b"one")
    data += block(0x0BAD, b"what")
    data += block(2, struct.pack("<HHIIII", 0, 0, 0, 2_000_000, 3, 3) + b"two")

    assert PcapngReader().feed(data) == [(0.0, 1, b"one"), (2.0, 1, b"two")]


def test_second_section():
    """A section begins anew, with interfaces and a byte order of its own."""
    data = pcapng(b"one") + pcapng(b"two", order=">", link_type=113)

    assert PcapngReader().feed(data) == [(0, 1, b"one"), (0, 113, b"two")]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        pytest.param(
            struct.pack("<II", 6, 13) + bytes(20), "no block at offset 48", id="size"
        ),
        pytest.param(
            block(0x0A0D0D0A, b"what" * 4), "no block at offset 48", id="byte-order"
        ),
        pytest.param(
            block(6, struct.pack("<IIIII", 9, 0, 0, 0, 0)),
            "malformed block at offset 48",
            id="interface",
        ),
        pytest.param(block(6, b"abc"), "malformed block at offset 48", id="short"),
    ],
)
def test_malformed(bad, problem):
    """What is no block ends the reading, with its place."""
    reader = PcapngReader()
    reader.feed(pcapng() + bad)

    assert reader.problem == problem


def test_cut_off():
    """Cut at any byte, what came before is there, and the rest is counted."""
    data = pcapng(b"one", b"two")
    for cut in range(len(data)):
        reader = PcapngReader()
        packets = reader.feed(data[:cut])
        size, offset = reader.left

        assert reader.problem is None
        assert len(packets) == max(0, (cut - 48) // 36)
        assert offset + size == cut


@given(st.binary(), st.integers(0, 200))
def test_any_bytes(noise, position):
    """Any bytes at all are read without an error."""
    data = pcapng(b"one", b"two")
    PcapngReader().feed(data[:position] + noise + data[position:])


@given(st.binary())
def test_any_options(data):
    """Any bytes at all are options as far as they go."""
    assert len(parse_options(data, "<")) * 4 <= len(data)
