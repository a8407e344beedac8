"""The classic capture format."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.pcap import PcapReader, is_pcap

from support.captures import pcap


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_packets(feed_all, order, nano):
    """Packets have their time and link type, in either byte order and resolution."""
    data = pcap(b"one", b"", order=order, nano=nano, link_type=113, times=[1.5, 2.25])

    packets = feed_all(PcapReader(), data)

    assert packets == [(1.5, 113, b"one"), (2.25, 113, b"")]
    assert is_pcap(data[:4])


def test_frame_check_sequence():
    """Upper bits of the link type say something else."""
    data = bytearray(pcap(b"one"))
    data[23] |= 0x40

    assert PcapReader().feed(bytes(data)) == [(0.0, 1, b"one")]


def test_cut_off():
    """Cut at any byte, what came before is there, and the rest is counted."""
    data = pcap(b"one", b"two")
    for cut in range(len(data)):
        reader = PcapReader()
        packets = reader.feed(data[:cut])
        size, offset = reader.left

        assert len(packets) == max(0, (cut - 24) // 19)
        assert offset + size == cut


def test_packet_of_no_size():
    """A size that no packet has ends the reading, with its place."""
    reader = PcapReader()
    bad = struct.pack("<IIII", 0, 0, 1 << 31, 1 << 31)

    assert len(reader.feed(pcap(b"one") + bad)) == 1
    assert reader.problem == "no packet at offset 43: 2147483648 bytes long"


@given(st.binary(), st.integers(4, 62))
def test_any_bytes(noise, position):
    """Any bytes at all are read without an error."""
    data = pcap(b"one", b"two")
    PcapReader().feed(data[:position] + noise + data[position:])
