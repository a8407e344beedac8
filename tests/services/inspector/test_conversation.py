"""Both directions of a connection in one sequence."""

from __future__ import annotations

import zlib

from wstool.services.inspector import Conversation, Event, EventKind, Remainder
from wstool.wire.deflate import DeflateParams

from support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame
from support.inspecting import (
    COMPRESSED,
    COMPRESSED_AGAIN,
    KEY,
    RECEIVED,
    SENT,
    Recorder,
)


def start(params=None, **options):
    """Begin a conversation; give what is found too."""
    recorder = Recorder()
    return recorder, Conversation(recorder, params, **options)


def test_round_trip():
    """A pong names its ping and how long it took."""
    recorder, conversation = start()

    conversation.feed(RECEIVED, frame(PING, b"a"), 10.0)
    conversation.feed(SENT, frame(PONG, b"a", masking_key=KEY), 10.25)

    assert recorder.items()[1].answer == (1, 0.25)


def test_what_is_owed():
    """An answer that never came is told at the end of the connection."""
    recorder, conversation = start()
    conversation.feed(RECEIVED, frame(CLOSE), 1.0)

    conversation.finish(ended=True, time=2.0)

    (event,) = recorder.findings[1:]
    assert (event.kind, event.direction, event.violation.rule) == (
        EventKind.OWED,
        SENT,
        "close_unanswered",
    )


def test_gap_in_a_frame():
    """Bytes that are missing from a payload are told, and the next frame is shown."""
    recorder, conversation = start()
    conversation.feed(RECEIVED, frame(BINARY, bytes(10))[:4], 1.0)
    conversation.skip(RECEIVED, 3, 1.0)
    conversation.feed(RECEIVED, bytes(5) + frame(PING), 2.0)

    assert recorder.frames() == [(1, RECEIVED, 0, bytes(2)), (2, RECEIVED, 12, b"")]
    assert isinstance(recorder.findings[1], Remainder)
    assert recorder.findings[2] == Event(
        EventKind.GAP,
        "3 bytes are missing from the capture, all of this frame",
        1,
        RECEIVED,
        time=1.0,
        notable=True,
    )


def test_gap_excuses_what_follows():
    """After a gap, nothing is wrong that the missing bytes may explain."""
    recorder, conversation = start(DeflateParams())
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED, rsv=0b100)[:3], None)
    conversation.skip(RECEIVED, 6, None)
    conversation.feed(RECEIVED, frame(CONTINUATION, b"a"), None)
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED_AGAIN, rsv=0b100), None)
    conversation.feed(SENT, frame(PONG, masking_key=KEY), None)

    assert recorder.rules()[1:] == [[], [], []]


def test_beginning_in_the_middle():
    """What is unknown at the beginning isn't held against the frames."""
    recorder, conversation = start(
        DeflateParams(), assume_compression=True, partial=True
    )
    conversation.seek(RECEIVED)
    conversation.feed(RECEIVED, b"\xff\xff" + frame(CONTINUATION, b"a"), None)
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED_AGAIN, rsv=0b100), None)
    conversation.feed(RECEIVED, frame(TEXT, rsv=0b010), None)

    assert recorder.rules() == [[], [], ["rsv_not_negotiated"]]


def test_inflated_at_once():
    """Payloads that inflate to much more are reported a few at a time."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = compressor.compress(bytes(1 << 20))
    data += compressor.flush(zlib.Z_SYNC_FLUSH)
    bombs = frame(BINARY, data[:-4], rsv=0b100) * 500
    sizes = []

    class Sizes(Recorder):
        def frames_found(self, frames):
            sizes.append(sum(item.frame.inflated.size for item in frames))

    Conversation(Sizes(), DeflateParams()).feed(RECEIVED, bombs, None)

    assert sum(sizes) == 500 << 20
    assert max(sizes) <= 1032 << 14
