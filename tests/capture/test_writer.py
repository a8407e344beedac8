"""Captures written."""

from __future__ import annotations

import struct

import pytest

from wstool.capture.packets import parse_segment
from wstool.capture.reader import CaptureReader
from wstool.capture.tcp import TcpStreams
from wstool.capture.writer import Conversation, serialize_head, serialize_packet

from support.captures import Sink


@pytest.mark.parametrize(
    ("client", "server"),
    [
        pytest.param(("10.0.0.1", 1), ("10.0.0.2", 2), id="IPv4"),
        pytest.param(("::1", 1), ("fe80::1", 2), id="IPv6"),
    ],
)
@pytest.mark.parametrize("by_client", [True, False, None])
def test_conversation(client, server, by_client):
    """What is written can be read: data of both sides, in order, and who ended it."""
    conversation = Conversation(client, server)
    data = serialize_head()
    data += conversation.write(True, b"a" * 40_000, 1.5)
    data += conversation.write(False, b"b", 2.5)
    data += conversation.finish(3.5, by_client=by_client)
    sink = Sink()
    streams = TcpStreams(sink)
    packets = CaptureReader().feed(data)
    for time, link_type, packet in packets:
        streams.take(time, parse_segment(link_type, packet))

    assert sink.data == {True: b"a" * 40_000, False: b"b"}
    assert sink.events[-2:] == [(False, b"b"), "end"]
    assert sink.ended_by == by_client
    assert [packet[0] for packet in packets] == [1.5] * 5 + [2.5] + [3.5] * 3


@pytest.mark.parametrize("by_client", [True, False])
def test_reset(by_client):
    """A reset is written as one of the side that did it."""
    conversation = Conversation(("10.0.0.1", 1), ("10.0.0.2", 2))
    data = serialize_head() + conversation.write(True, b"a", 1.5)
    data += conversation.reset(2.5, by_client=by_client)
    sink = Sink()
    streams = TcpStreams(sink)
    for time, link_type, packet in CaptureReader().feed(data):
        streams.take(time, parse_segment(link_type, packet))

    assert (sink.events[-1], sink.ended_by) == ("reset", by_client)


def test_nothing():
    """A connection of which nothing was seen isn't written."""
    conversation = Conversation(("10.0.0.1", 1), ("10.0.0.2", 2))

    assert conversation.finish(1.0) == conversation.reset(1.0, by_client=True) == b""


def test_checksum():
    """The header of IPv4 adds up to zero, as it must."""
    data = Conversation(("10.0.0.1", 1), ("10.0.0.2", 2)).write(True, b"", 0)
    head = data[28:48]

    assert sum(struct.unpack("!10H", head)) % 0xFFFF == 0


def test_packet():
    """A packet has its size twice, and is padded."""
    assert serialize_packet(0, b"abc")[20:].startswith(b"\x03\0\0\0\x03\0\0\0abc\0")
