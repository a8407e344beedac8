"""What was seen, written as a capture."""

from __future__ import annotations

import pytest

from wstool.services.inspector import CaptureWriter, OfflineInspector
from wstool.services.inspector.captured import CaptureInspector

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


def test_frames_without_a_handshake():
    """Frames that came without a handshake get one, or nobody would know them."""
    pieces = []
    writer = CaptureWriter(pieces.append)
    inspector = OfflineInspector(writer)
    inspector.feed(frame(TEXT, COMPRESSED, rsv=0b100))
    inspector.finish()

    (item,) = read(b"".join(pieces)).items()
    assert (item.frame.inflated.data, item.compression_assumed) == (b"Hello", False)
