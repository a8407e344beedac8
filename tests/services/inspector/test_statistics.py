"""What frames have in numbers."""

from __future__ import annotations

from wstool.services.inspector import Conversation, Statistics
from wstool.wire.deflate import DeflateParams

from support.frames import CONTINUATION, PING, PONG, TEXT, frame
from support.inspecting import COMPRESSED, KEY, RECEIVED, SENT


def test_numbers():
    """Frames, messages, bytes, compression, pauses and round trips are counted."""
    statistics = Statistics()
    conversation = Conversation(statistics, DeflateParams(), connection=7)
    conversation.feed(RECEIVED, frame(PING, b"a"), 10.0)
    conversation.feed(SENT, frame(PONG, b"a", masking_key=KEY), 10.25)
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED, rsv=0b100), 12.0)
    conversation.feed(RECEIVED, frame(TEXT, b"x", fin=False), 12.0)
    conversation.feed(RECEIVED, frame(CONTINUATION, b"x" * 200), 12.5)
    conversation.finish()

    sent, received = statistics.sides[SENT], statistics.sides[RECEIVED]
    assert (sent.frames, sent.messages, sent.payload_bytes) == (1, 0, 1)
    assert (sent.header_bytes, received.header_bytes) == (6, 10)
    assert (received.frames, received.messages) == (4, 2)
    assert (received.deflated, received.inflated) == (7, 5)
    assert received.opcodes == {"ping": 1, "text": 2, "continuation": 1}
    assert received.sizes == {1: 2, 3: 1, 8: 1}
    assert statistics.longest_silence == (1.75, 3)
    assert statistics.round_trips == [0.25]
    assert sum(statistics.gaps.values()) == 4
    assert statistics.connections == {7}


def test_what_is_not_kept():
    """Bytes count that aren't kept."""
    statistics = Statistics()
    conversation = Conversation(statistics, None, max_kept=125)
    conversation.feed(RECEIVED, frame(TEXT, b"x" * 2000), None)

    assert statistics.sides[RECEIVED].payload_bytes == 2000


def test_nothing():
    """Without frames there is nothing to count."""
    statistics = Statistics()
    statistics.frames_found([])

    assert (statistics.longest_silence, statistics.connections) == (None, set())
