"""What was seen, written as a capture."""

from __future__ import annotations

import pytest

from wstool.services.inspector import (
    CaptureWriter,
    Direction,
    Event,
    EventKind,
    InspectedFrame,
    OfflineInspector,
)
from wstool.services.inspector.captured import CaptureInspector
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader

from support.captures import Talk, pcap
from support.frames import BINARY, PING, TEXT, frame
from support.inspecting import COMPRESSED, KEY, REQUEST_HEAD, RESPONSE_HEAD, Recorder


def read(data):
    """Inspect a capture."""
    recorder = Recorder()
    inspector = CaptureInspector(recorder)
    inspector.feed(data)
    inspector.finish()
    return recorder


@pytest.mark.parametrize("client", [("10.0.0.1", 40000), ("10.0.0.9", 1)])
def test_capture(client):
    """A capture that is written shows what the one did that was read."""
    talk = Talk(client=client).send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    talk.receive(frame(PING, b"a") + frame(BINARY, bytes(100_000)[:60_000]))
    talk.send(frame(TEXT, b"hi", masking_key=KEY)).receive(b"\x81").end()
    pieces = []
    writer = CaptureWriter(pieces.append)
    inspector = CaptureInspector(writer)
    data = pcap(*talk.packets)
    inspector.feed(data)
    inspector.finish()

    assert read(b"".join(pieces)).findings == read(data).findings


@pytest.mark.parametrize(
    ("size", "shown", "unkept"),
    [
        # The reader takes note that bytes are missing, and knows where to go on.
        pytest.param(1000, [(BINARY, 500), (TEXT, 2)], 500, id="gap"),
        # No gap of TCP is that wide.
        pytest.param(1 << 32, [(TEXT, 2)], 1 << 32, id="left-out"),
    ],
)
def test_frame_that_is_not_kept(size, shown, unkept):
    """What isn't kept of a frame is missing from the capture, or all of the frame."""
    pieces = []
    writer = CaptureWriter(pieces.append)
    frame = DissectedFrame(
        0, FrameHeader(BINARY, size, length_bits=64), bytes(500), unkept=size - 500
    )
    after = DissectedFrame(0, FrameHeader(TEXT, 2), b"hi")
    for number, found in enumerate((frame, after), 1):
        writer.frames_found([InspectedFrame(number, Direction.RECEIVED, found)])

    items = read(b"".join(pieces)).items()
    assert [(item.frame.header.opcode, item.frame.received) for item in items] == shown
    assert writer.unkept == unkept


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("10.0.0.1:5 > 10.0.0.2:80", "10.0.0.1:5 > 10.0.0.2:80"),
        ("[::1]:5 > [::2]:80", "[::1]:5 > [::2]:80"),
        ("[::1]:5 > 10.0.0.2:80", "[::1]:5 > [::ffff:a00:2]:80"),
        ("10.0.0.1:5 > [::2]:80", "[::ffff:a00:1]:5 > [::2]:80"),
        ("/run/a.sock > server", "127.0.0.1:41025 > 127.0.0.1:80"),
        ("10.0.0.1:5 > 10.0.0.2:70000", "127.0.0.1:41025 > 127.0.0.1:80"),
    ],
    ids=["IPv4", "IPv6", "client-of-IPv6", "server-of-IPv6", "none", "no-port"],
)
def test_addresses(names, shown):
    """Packets have the addresses of both sides, mapped if only one is of IPv6."""
    pieces = []
    writer = CaptureWriter(pieces.append)
    writer.event_found(Event(EventKind.CONNECTION, names, 1))
    found = DissectedFrame(0, FrameHeader(TEXT, 2), b"hi")
    writer.frames_found([InspectedFrame(1, Direction.RECEIVED, found)])

    recorder = read(b"".join(pieces))
    # Python writes mapped addresses in one of two ways.
    first = recorder.texts()[0].replace("::ffff:10.0.0.", "::ffff:a00:")
    assert first == shown
    assert len(recorder.items()) == 1


def test_frames_without_a_handshake():
    """Frames that came without a handshake get one, or nobody would know them."""
    pieces = []
    writer = CaptureWriter(pieces.append)
    inspector = OfflineInspector(writer)
    inspector.feed(frame(TEXT, COMPRESSED, rsv=0b100))
    inspector.finish()

    (item,) = read(b"".join(pieces)).items()
    assert (item.frame.inflated.data, item.compression_assumed) == (b"Hello", False)
