"""Frames of many packets, handed on together."""

from __future__ import annotations

import pytest

from wstool.services.inspector import Conversation, Event, EventKind
from wstool.services.inspector.findings import HandshakeHalf, Remainder
from wstool.services.inspector.gathering import Gatherer
from wstool.wire.deflate import DeflateParams

from support.frames import TEXT, frame
from support.inspecting import COMPRESSED, RECEIVED, Recorder, respond


class Batches(Recorder):
    """Keep how many frames come at once, too."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def frames_found(self, frames):
        """Keep frames and their number."""
        self.sizes.append(len(frames))
        super().frames_found(frames)


def gather(count=3, data=None):
    """Gather frames; give what is found and the gatherer."""
    batches = Batches()
    gatherer = Gatherer(batches)
    conversation = Conversation(gatherer, DeflateParams())
    for _ in range(count):
        conversation.feed(RECEIVED, data or frame(TEXT, b"a"), None)
    return batches, gatherer


def test_flush():
    """Frames wait for one another, until somebody waits for them."""
    batches, gatherer = gather()

    assert batches.sizes == []
    gatherer.flush()
    gatherer.flush()
    assert batches.sizes == [3]
    assert [item.number for item in batches.items()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("method", "finding"),
    [
        ("handshake_found", HandshakeHalf(RECEIVED, respond())),
        ("event_found", Event(EventKind.NOTE, "a")),
        ("remainder_found", Remainder(RECEIVED)),
    ],
)
def test_order(method, finding):
    """Whatever else is found comes after the frames that were found before."""
    batches, gatherer = gather()

    getattr(gatherer, method)(finding)

    assert batches.sizes == [3]
    assert batches.findings[3:] == [finding]


def test_bound():
    """No more than some frames wait."""
    batches, gatherer = gather(2500)

    assert batches.sizes == [1024, 1024]
    gatherer.flush()
    assert batches.sizes[2:] == [452]


def test_inflated():
    """Payloads that are larger than their frames wait for nothing."""
    batches, _ = gather(2, frame(TEXT, COMPRESSED, rsv=0b100))

    assert batches.sizes == [1, 1]
