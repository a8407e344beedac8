"""The messages of one direction, followed past violations."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest

from wstool.wire.deflate import Inflater
from wstool.wire.frame import FrameHeader
from wstool.wire.tracker import Content, MessageTracker, Part, Tracked
from wstool.wire.violations import (
    compressed_continuation,
    compressed_data_invalid,
    continuation_without_start,
    message_inside_message,
    text_invalid,
)

from support.frames import BINARY, CONTINUATION, TEXT


HELLO = Content(b"Hello", 5)
COMPRESSED = bytes.fromhex("f248cdc9c90700")
ZLIB = "Error -3 while decompressing data"


def make_tracker(*, compression=False, assume=False, max_kept=1 << 20):
    """Make a tracker."""
    return MessageTracker(
        new_inflater=(
            (lambda: Inflater(window_bits=15, context_takeover=True))
            if compression
            else None
        ),
        assume_compression=assume,
        max_kept=max_kept,
    )


def take(tracker, opcode, payload=b"", *, fin=True, rsv1=False):
    """Take a whole frame."""
    header = FrameHeader(opcode, len(payload), fin=fin, rsv1=rsv1)
    return tracker.take(header, payload, final=fin)


def test_message_in_one_frame():
    """A frame with FIN is a message."""
    found = take(make_tracker(), TEXT, b"Hello")

    assert found == Tracked(part=Part(1, 1, TEXT), message=HELLO)


def test_message_in_fragments():
    """Fragments make a message at the final one, and the next has the next number."""
    tracker = make_tracker()

    for number in (1, 2):
        assert take(tracker, BINARY, b"Hel", fin=False) == Tracked(
            part=Part(number, 1, BINARY)
        )
        assert take(tracker, CONTINUATION, b"", fin=False) == Tracked(
            part=Part(number, 2, BINARY)
        )
        assert take(tracker, CONTINUATION, b"lo") == Tracked(
            part=Part(number, 3, BINARY), message=HELLO
        )


def test_compressed_message():
    """Fragments of a compressed message are inflated one by one and as a whole."""
    tracker = make_tracker(compression=True)

    assert take(tracker, TEXT, COMPRESSED[:3], fin=False, rsv1=True) == Tracked(
        part=Part(1, 1, TEXT, compressed=True), inflated=Content(b"He", 2)
    )
    assert take(tracker, CONTINUATION, COMPRESSED[3:]) == Tracked(
        part=Part(1, 2, TEXT, compressed=True),
        inflated=Content(b"llo", 3),
        message=HELLO,
    )


def test_new_message_takes_the_place():
    """A message inside another one ends that, and has its own fragments."""
    tracker = make_tracker()
    take(tracker, TEXT, b"\xc3", fin=False)

    assert take(tracker, TEXT, b"a", fin=False) == Tracked(
        violations=(message_inside_message(TEXT),), part=Part(2, 1, TEXT)
    )
    assert take(tracker, CONTINUATION, b"b") == Tracked(
        part=Part(2, 2, TEXT), message=Content(b"ab", 2)
    )
    assert take(tracker, CONTINUATION, b"\xff") == Tracked(
        violations=(continuation_without_start(),)
    )


def test_reserved_kind_of_message():
    """A reserved data opcode begins a message of its own, of which nothing is known."""
    tracker = make_tracker()
    take(tracker, 0x3, b"\xff", fin=False)

    assert take(tracker, CONTINUATION, b"a") == Tracked(
        part=Part(1, 2, 0x3), message=Content(b"\xffa", 2)
    )


@pytest.mark.parametrize("compression", [False, True])
def test_invalid_text_is_reported_once(compression):
    """Text that isn't UTF-8 is reported once for each message, and kept."""
    tracker = make_tracker(compression=compression)

    for number in (1, 2):
        assert take(tracker, TEXT, b"a\xff", fin=False) == Tracked(
            violations=(text_invalid(1),), part=Part(number, 1, TEXT)
        )
        assert take(tracker, CONTINUATION, b"\xff") == Tracked(
            part=Part(number, 2, TEXT), message=Content(b"a\xff\xff", 3)
        )


def test_text_that_ends_too_soon():
    """A sequence that is incomplete at the end is known to be at the end."""
    tracker = make_tracker()

    assert take(tracker, TEXT, b"a\xc3", fin=False).violations == ()
    assert take(tracker, CONTINUATION, b"").violations == (text_invalid(1),)


def test_data_that_do_not_inflate():
    """What comes before the error is given; the next message has no window."""
    tracker = make_tracker(compression=True)
    take(tracker, TEXT, COMPRESSED[:3], fin=False, rsv1=True)
    # Behind the message's block stands one of the type that there isn't.
    data = COMPRESSED[3:] + b"\0\0\xff\xff" + b"\x06"

    assert take(tracker, CONTINUATION, data, fin=False) == Tracked(
        violations=(compressed_data_invalid(f"{ZLIB}: invalid block type"),),
        part=Part(1, 2, TEXT, compressed=True),
        inflated=Content(b"llo", 3),
    )
    assert take(tracker, CONTINUATION, COMPRESSED) == Tracked(
        part=Part(1, 3, TEXT, compressed=True)
    )
    assert take(tracker, TEXT, COMPRESSED, rsv1=True).message == HELLO


def test_window_after_a_message_that_breaks_off():
    """A compressed message that another one replaces leaves no window."""
    tracker = make_tracker(compression=True)
    take(tracker, TEXT, COMPRESSED[:3], fin=False, rsv1=True)

    assert take(tracker, TEXT, COMPRESSED, rsv1=True).message == HELLO


@pytest.mark.parametrize("fin", [True, False])
def test_assumed_compression(fin):
    """RSV1 means compression if the first frame inflates."""
    tracker = make_tracker(compression=True, assume=True)
    assert not tracker.compression

    payload = COMPRESSED if fin else COMPRESSED[:3]
    found = take(tracker, TEXT, payload, fin=fin, rsv1=True)

    assert found.part == Part(1, 1, TEXT, compressed=True)
    assert found.inflated == (HELLO if fin else Content(b"He", 2))
    # A whole message is as good as a negotiation.
    assert tracker.compression is fin


def test_assumed_compression_proves_wrong():
    """If the first frame doesn't inflate, RSV1 means nothing, and it's told why."""
    tracker = make_tracker(compression=True, assume=True)

    # The bit may mean anything now, so the payload isn't judged as text.
    assert take(tracker, TEXT, b"Hello\xff", rsv1=True) == Tracked(
        part=Part(1, 1, TEXT, inflate_problem="invalid stored block lengths"),
        message=Content(b"Hello\xff", 6),
    )
    assert not tracker.compression


def test_assumed_compression_of_a_continuation():
    """A message that is taken to be compressed says so once, in its first frame."""
    tracker = make_tracker(compression=True, assume=True)
    take(tracker, TEXT, COMPRESSED[:3], fin=False, rsv1=True)

    found = take(tracker, CONTINUATION, COMPRESSED[3:], rsv1=True)

    assert found.violations == (compressed_continuation(),)
    assert found.message == HELLO


def test_assumed_compression_holds():
    """Once a message has inflated, one that doesn't is a violation."""
    tracker = make_tracker(compression=True, assume=True)
    take(tracker, TEXT, COMPRESSED, rsv1=True)

    found = take(tracker, TEXT, b"Hello", rsv1=True)

    problem = f"{ZLIB}: invalid stored block lengths"
    assert found.violations == (compressed_data_invalid(problem),)


def test_unfinished():
    """The latest part of a message that goes on is known."""
    tracker = make_tracker()
    found = [tracker.unfinished]
    for opcode, fin in ((TEXT, False), (CONTINUATION, False), (CONTINUATION, True)):
        take(tracker, opcode, fin=fin)
        found.append(tracker.unfinished)

    assert found == [None, Part(1, 1, TEXT), Part(1, 2, TEXT), None]


def test_content_is_kept_up_to_a_limit():
    """Of a long fragmented message only the beginning is kept, and the size."""
    tracker = make_tracker(max_kept=4)
    take(tracker, TEXT, b"abc", fin=False)
    take(tracker, CONTINUATION, b"def", fin=False)

    assert take(tracker, CONTINUATION, b"g").message == Content(b"abcd", 7)


def test_bomb():
    """What a small payload inflates to takes no memory past a limit."""
    size = 96 << 20
    compressor = zlib.compressobj(wbits=-15)
    bomb = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(size >> 20))
    bomb += compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]
    tracker = make_tracker(compression=True, max_kept=1 << 10)
    tracemalloc.start()

    found = take(tracker, TEXT, bomb, rsv1=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.message == Content(bytes(1 << 10), size)
    assert peak < 24 << 20
