"""Dumps of whole packets."""

from __future__ import annotations

from wstool.services.inspector.pasted_packets import find_payloads, parse_packets

from support.captures import Talk
from support.frames import BINARY, PING, TEXT, frame
from support.inspecting import REQUEST_HEAD


def test_packets():
    """Runs that are packets give their link type and their segments."""
    packets = Talk(started=False).receive(frame(PING)).packets

    link_type, segments = parse_packets([*packets, b"unmasked"])

    assert (link_type, len(segments)) == (1, 1)
    assert parse_packets([packet[14:] for packet in packets])[0] == 101
    assert find_payloads(segments) == [frame(PING)]


def test_handshake():
    """With a handshake among them, payloads alone would be no frames."""
    _, segments = parse_packets(Talk().send(REQUEST_HEAD).packets)

    assert find_payloads(segments) is None


def test_frames():
    """Frames are no packets."""
    assert parse_packets([frame(TEXT, b"a" * 60)]) is None
    assert parse_packets([frame(BINARY, bytes(60))]) is None
    assert parse_packets([]) is None
