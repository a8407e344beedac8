"""The dissector on bytes in pieces, and on any bytes at all."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from wstool.wire.deflate import Deflater
from wstool.wire.dissector import MAX_KEPT
from wstool.wire.violations import Violation

from support.dissecting import (
    COMPRESSED,
    dissect,
    make_dissector,
)
from support.feeding import decode
from support.frames import PING, frame


def test_in_frame():
    """A frame has begun with its first byte and ended with its last."""
    dissector = make_dissector()
    seen = []
    for byte in frame(PING, b"a"):
        seen.append(dissector.in_frame)
        dissector.feed(bytes([byte]))

    assert [*seen, dissector.in_frame] == [False, True, True, False]


def test_large_frame_in_small_pieces():
    """A frame that comes in many pieces takes time in proportion to its size."""
    size, piece = 16 << 20, bytes(64)
    dissector = make_dissector()
    dissector.feed(b"\x82\x7f" + size.to_bytes(8, "big"))

    found = [item for _ in range(size // 64) for item in dissector.feed(piece)]

    assert [item.message.size for item in found] == [size]


def deflate(data):
    """Compress a message."""
    return Deflater(window_bits=15, context_takeover=False).compress(data)


payloads = st.one_of(
    st.binary(max_size=8),
    st.text(max_size=4).map(str.encode),
    st.sampled_from([COMPRESSED, COMPRESSED[:3], COMPRESSED[3:], b"\x03\xe8", b"\xc3"]),
    st.integers(120, 130).map(bytes),
    st.tuples(st.integers(120, 300).map(bytes), st.binary(max_size=3)).map(b"".join),
    st.integers(120, 300).map(lambda size: deflate(bytes(range(97, 123)) * size)),
)
opcodes = st.one_of(st.sampled_from([0x0, 0x0, 0x1, 0x1, 0x2, 0x8]), st.integers(0, 15))
keys = st.one_of(st.none(), st.none(), st.binary(min_size=4, max_size=4))
frames = st.builds(
    frame,
    opcodes,
    payloads,
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 0b100, 0b100, 0b010, 0b001]),
    masking_key=keys,
)
streams = st.one_of(
    st.binary(),
    st.lists(frames, max_size=6).map(b"".join),
    st.tuples(st.lists(frames, max_size=4).map(b"".join), st.binary(max_size=12)).map(
        b"".join
    ),
    st.tuples(st.lists(frames, max_size=4).map(b"".join), st.integers(1, 6)).map(
        lambda pair: pair[0][: -pair[1]]
    ),
)
option_sets = st.fixed_dictionaries(
    {
        "masked": st.sampled_from([None, True, False]),
        "compression": st.booleans(),
        "assume": st.booleans(),
        "max_kept": st.sampled_from([MAX_KEPT, 125, 130]),
    }
)


@given(streams, option_sets)
@example(b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", {})
def test_any_bytes(data, options):
    """Any bytes end in frames and a leftover, with each byte in its place."""
    frames, leftover = dissect(data, **options)

    offset = 0
    for found in frames:
        assert found.offset == offset
        assert found.received == found.header.payload_length
        assert len(found.payload) <= options.get("max_kept", MAX_KEPT)
        offset += found.size
    assert offset + (0 if leftover is None else leftover.size) == len(data)
    raw = b"".join(found.raw_header + found.raw_payload for found in frames)
    rest = b"" if leftover is None else leftover.data
    if options.get("max_kept") == MAX_KEPT:
        assert raw + rest == data
    assert leftover is None or leftover.offset == offset
    if leftover is not None and leftover.frame is not None:
        cut_off = leftover.frame
        assert cut_off.raw_header + cut_off.raw_payload == leftover.data
        assert cut_off.offset == offset


@given(streams, option_sets, st.lists(st.integers(0, 60), max_size=3))
def test_any_cut(data, options, positions):
    """It makes no difference how the bytes are cut."""
    whole = dissect(data, **options)
    starts = [0, *sorted(min(position, len(data)) for position in positions)]
    pieces = [
        data[start:end]
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True)
    ]

    for way in (pieces, [data[index : index + 1] for index in range(len(data))]):
        dissector = make_dissector(**options)
        found = [item for piece in way for item in dissector.feed(piece)]
        assert (found, dissector.finish()) == whole


@given(streams, option_sets)
def test_any_limit(data, options):
    """It makes no difference to what is found how much is kept."""
    cut = dissect(data, **{**options, "max_kept": 125})
    whole = dissect(data, **{**options, "max_kept": MAX_KEPT})

    assert [*map(forget_payload, cut[0])] == [*map(forget_payload, whole[0])]
    assert [*map(forget_payload, leftover_frames(cut[1]))] == [
        *map(forget_payload, leftover_frames(whole[1]))
    ]


def forget_payload(found):
    """Give what is known of a frame beside its bytes, but for their numbers."""
    sizes = [item and item.size for item in (found.inflated, found.message)]
    close = found.close and found.close.code
    return (
        found._replace(payload=b"", unkept=0, inflated=None, message=None, close=None),
        found.received,
        found.close is None,
        close,
        sizes,
    )


def leftover_frames(leftover):
    """Give the frame that is cut off, if there is one."""
    return [] if leftover is None or leftover.frame is None else [leftover.frame]


@given(streams, st.booleans(), st.booleans())
def test_first_violation(data, masked, compression):
    """The first violation is the one for which an endpoint fails the connection."""
    findings = decode([data], masked=masked, compression=compression)
    failed = [finding for finding in findings if isinstance(finding, Violation)]

    found, leftover = dissect(data, masked=masked, compression=compression)
    if leftover is not None and leftover.frame is not None:
        found.append(leftover.frame)
    first = []
    for item in found:
        first += item.violations[:1]
        # The endpoint takes nothing after a close frame.
        if first or item.close is not None:
            break

    assert first == failed
