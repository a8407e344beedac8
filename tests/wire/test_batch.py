"""The fast lane: whole, final, uncompressed data frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.speedups import apply_mask

from wstool.wire.batch import serialize_batch, split_masked, split_unmasked
from wstool.wire.frame import FrameHeader, serialize_frame, serialize_header
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode

from support.frames import BINARY, TEXT, frame


KEY = bytes.fromhex("37fa213d")
NO_LIMIT = 1 << 63
FINAL_TEXT, FINAL_BINARY = 0x81, 0x82


def repeat_key(size):
    """Stand in for a source of random bytes."""
    return (KEY * size)[:size]


def count_up(size):
    """Stand in for a source of random bytes, all of which differ."""
    return bytes(range(1, size + 1))


def split(data, *, masked, position=0, first=FINAL_TEXT, max_size=NO_LIMIT):
    """Split frames of a direction."""
    if masked:
        return split_masked(data, position, first, max_size, xor_mask)
    return split_unmasked(data, position, first, max_size)


@pytest.mark.parametrize(
    ("opcode", "payloads", "new_keys", "data"),
    [
        pytest.param(
            Opcode.TEXT, [b"Hello"], None, "8105 48656c6c6f", id="unmasked text"
        ),
        pytest.param(
            Opcode.TEXT,
            [b"Hello"],
            repeat_key,
            "8185 37fa213d 7f9f4d5158",
            id="masked text",
        ),
        pytest.param(
            Opcode.TEXT,
            [b"Hello", b"", b"lo"],
            None,
            "8105 48656c6c6f 8100 8102 6c6f",
            id="unmasked batch",
        ),
        pytest.param(
            Opcode.BINARY,
            [b"Hello", b"", bytes(2)],
            repeat_key,
            "8285 37fa213d 7f9f4d5158 8280 37fa213d 8282 37fa213d 37fa",
            id="masked batch",
        ),
        pytest.param(
            Opcode.BINARY,
            [bytes(4), bytes(4)],
            count_up,
            "8284 01020304 01020304 8284 05060708 05060708",
            id="a key for each frame",
        ),
        pytest.param(Opcode.TEXT, [b""], None, "8100", id="unmasked, empty"),
        pytest.param(
            Opcode.TEXT, [b""], repeat_key, "8180 37fa213d", id="masked, empty"
        ),
        pytest.param(
            Opcode.BINARY,
            [bytes(125), bytes(126)],
            None,
            "827d" + 125 * "00" + "827e007e" + 126 * "00",
            id="7 and 16 bits",
        ),
        pytest.param(
            Opcode.BINARY,
            [bytes(65535), bytes(65536)],
            None,
            "827effff" + 65535 * "00" + "827f0000000000010000" + 65536 * "00",
            id="16 and 64 bits",
        ),
        pytest.param(
            Opcode.BINARY,
            [bytes(65536), b""],
            lambda size: bytes(size),
            "82ff0000000000010000 00000000" + 65536 * "00" + "8280 00000000",
            id="masked, 64 bits",
        ),
        pytest.param(Opcode.TEXT, [], None, "", id="unmasked, none"),
        pytest.param(Opcode.TEXT, [], repeat_key, "", id="masked, none"),
    ],
)
def test_serialize_batch(opcode, payloads, new_keys, data):
    """Each message is one final frame with the shortest length and its own key."""
    pieces = serialize_batch(opcode, payloads, new_keys=new_keys, mask=xor_mask)

    assert b"".join(pieces) == bytes.fromhex(data)
    assert len(pieces) == 1 or len(payloads) == 1


@pytest.mark.parametrize("new_keys", [None, repeat_key], ids=["unmasked", "masked"])
def test_large_payload_is_not_copied(new_keys):
    """One large payload stays a piece of its own; a small one is joined."""
    large = bytes((1 << 14) + 1)
    small = large[:-1]

    pieces = serialize_batch(
        Opcode.BINARY, [large], new_keys=new_keys, mask=lambda payload, key: payload
    )
    joined = serialize_batch(
        Opcode.BINARY, [small], new_keys=new_keys, mask=lambda payload, key: payload
    )

    key = b"" if new_keys is None else KEY
    mask_bit = 0 if new_keys is None else 0x80
    assert pieces[0] == bytes((0x82, mask_bit | 126, 0x40, 0x01)) + key
    assert pieces[1] is large
    assert joined == [bytes((0x82, mask_bit | 126, 0x40, 0x00)) + key + small]


def test_more_lengths_than_are_kept():
    """Lengths beyond those whose headers are kept are spelled all the same."""
    for length in range(5000):
        payload = bytes(length)

        assert serialize_batch(
            Opcode.BINARY, [payload], new_keys=None, mask=xor_mask
        ) == [serialize_frame(0x2, payload)]


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 65537])
def test_each_length_is_split(length, masked):
    """A payload of any length is split off, between others."""
    payloads = [b"before", bytes(length), b"after"]
    new_keys = count_up if masked else None
    data = b"".join(
        serialize_batch(Opcode.TEXT, payloads, new_keys=new_keys, mask=xor_mask)
    )

    assert split(data, masked=masked) == (payloads, len(data))


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize(
    ("header", "payload"),
    [
        pytest.param(FrameHeader(0x1, 3, fin=False), b"abc", id="fragment"),
        pytest.param(FrameHeader(0x1, 3, rsv1=True), b"abc", id="compressed"),
        pytest.param(FrameHeader(0x1, 3, rsv2=True), b"abc", id="rsv2"),
        pytest.param(FrameHeader(0x2, 3), b"abc", id="other opcode"),
        pytest.param(FrameHeader(0x0, 3), b"abc", id="continuation"),
        pytest.param(FrameHeader(0x9, 3), b"abc", id="control frame"),
        pytest.param(FrameHeader(0x1, 5), b"abc", id="cut off"),
        pytest.param(
            FrameHeader(0x1, 125, length_bits=16), bytes(125), id="over-long, 16 bits"
        ),
        pytest.param(
            FrameHeader(0x1, 65535, length_bits=64),
            bytes(65535),
            id="over-long, 64 bits",
        ),
        pytest.param(
            FrameHeader(0x1, 1 << 63, length_bits=64), b"abc", id="out of range"
        ),
    ],
)
def test_stops_at_anything_else(header, payload, masked):
    """Whatever isn't a whole, final, plain frame of the run is left where it is."""
    key = KEY if masked else None
    run = serialize_frame(0x1, b"ok", masking_key=key)
    other = serialize_header(header._replace(masking_key=key)) + payload

    assert split(run + other, masked=masked) == ([b"ok"], len(run))


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("length", [0, 5, 126, 65536])
def test_stops_at_the_wrong_mask_bit(length, masked):
    """A frame whose MASK bit is not its direction's is left where it is."""
    key = None if masked else bytes(4)
    data = serialize_frame(0x1, bytes(length), masking_key=key) + bytes(20)

    assert split(data, masked=masked) == ([], 0)


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("length", [0, 3, 126, 65536])
def test_stops_where_the_bytes_end(length, masked):
    """A frame is taken once its last byte is there, and not one byte sooner."""
    key = KEY if masked else None
    run = serialize_frame(0x1, b"ok", masking_key=key)
    data = run + serialize_frame(0x1, bytes(length), masking_key=key)

    for end in {*range(len(run), min(len(run) + 20, len(data))), len(data) - 1}:
        assert split(data[:end], masked=masked) == ([b"ok"], len(run))
    assert split(data, masked=masked) == ([b"ok", bytes(length)], len(data))


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("max_size", [1, 125, 126, 65536])
def test_limit(max_size, masked):
    """A payload of just the limit is taken, one of a byte more isn't."""
    key = KEY if masked else None
    good = serialize_frame(0x1, bytes(max_size), masking_key=key)
    bad = serialize_frame(0x1, bytes(max_size + 1), masking_key=key)

    split_off = split(good + bad, masked=masked, max_size=max_size)

    assert split_off == ([bytes(max_size)], len(good))


def test_begins_at_a_position():
    """Splitting begins where it is told to."""
    data = b"\xff\xff" + serialize_frame(0x2, b"ab") + serialize_frame(0x2, b"c")

    assert split(data, masked=False, position=2, first=FINAL_BINARY) == (
        [b"ab", b"c"],
        len(data),
    )


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=20),
    st.sampled_from([Opcode.TEXT, Opcode.BINARY]),
    st.randoms(use_true_random=False),
    st.sampled_from([xor_mask, apply_mask]),
)
def test_round_trip(payloads, opcode, random, mask):
    """What is serialized is split into the same payloads, in both directions."""
    sent = serialize_batch(opcode, payloads, new_keys=random.randbytes, mask=mask)
    received = serialize_batch(opcode, payloads, new_keys=None, mask=mask)
    first = 0x80 | opcode

    masked, unmasked = b"".join(sent), b"".join(received)

    assert split(masked, masked=True, first=first) == (payloads, len(masked))
    assert split(unmasked, masked=False, first=first) == (payloads, len(unmasked))
    assert unmasked == b"".join(serialize_frame(opcode, item) for item in payloads)


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([3, 3, 3], id="all equal"),
        pytest.param([3, 3, 4, 3], id="one longer"),
        pytest.param([0, 0, 0], id="all empty"),
        pytest.param([125, 125], id="longest short"),
        pytest.param([126, 126], id="not short"),
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 2, 3])
@pytest.mark.parametrize("key", [None, KEY], ids=["unmasked", "masked"])
def test_equal_sizes(sizes, cut, key):
    """Frames of one size are split like any others, up to the first that is cut off."""
    payloads = [bytes([65 + i]) * size for i, size in enumerate(sizes)]
    frames = [frame(TEXT, payload, masking_key=key) for payload in payloads]
    data = b"".join(frames)
    data = data[: len(data) - cut]
    count = len(frames) - -(-cut // len(frames[-1]))

    found, position = split(data, masked=key is not None)

    assert found == payloads[:count]
    assert data[:position] == b"".join(frames[:count])


@pytest.mark.parametrize("key", [None, KEY], ids=["unmasked", "masked"])
@pytest.mark.parametrize("count", [1, 2])
def test_equal_sizes_and_another_kind(key, count):
    """A frame of the same size but another first byte ends the run."""
    opcodes = [TEXT] * count + [BINARY, TEXT, TEXT]
    frames = [frame(opcode, b"ab", masking_key=key) for opcode in opcodes]

    found, position = split(b"".join(frames), masked=key is not None)

    assert (found, position) == ([b"ab"] * count, count * len(frames[0]))


def test_equal_sizes_with_keys_of_their_own():
    """Each frame of a run is unmasked with its own key."""
    frames = [frame(TEXT, b"abcde", masking_key=count_up(4 + i)[i:]) for i in range(3)]

    assert split(b"".join(frames), masked=True) == ([b"abcde"] * 3, 33)


@pytest.mark.parametrize("key", [None, KEY], ids=["unmasked", "masked"])
def test_equal_sizes_behind_another_kind(key):
    """A run that begins with another byte than was asked for stays where it is."""
    frames = [frame(opcode, b"ab", masking_key=key) for opcode in (BINARY, TEXT, TEXT)]

    assert split(b"".join(frames), masked=key is not None) == ([], 0)


@pytest.mark.parametrize("key", [None, KEY], ids=["unmasked", "masked"])
@pytest.mark.parametrize(("max_size", "count"), [(4, 0), (5, 3)])
def test_equal_sizes_over_the_limit(key, max_size, count):
    """The limit holds for a run, too."""
    data = frame(TEXT, b"abcde", masking_key=key) * 3

    found, _ = split(data, masked=key is not None, max_size=max_size)

    assert found == [b"abcde"] * count


@pytest.mark.parametrize("payloads", [[b"ab", b"cd"], [b"ab", b"cd", b"e"], [b""] * 3])
def test_serialize_equal_sizes(payloads):
    """Messages of one size are serialized like any others."""
    (data,) = serialize_batch(Opcode.TEXT, payloads, None, xor_mask)

    assert data == b"".join(frame(TEXT, payload) for payload in payloads)
