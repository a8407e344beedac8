"""permessage-deflate (RFC 7692, section 7)."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.wire.deflate import (
    MAX_WINDOW_BITS,
    DeflateParams,
    Deflater,
    InflateError,
    Inflater,
)

from support.feeding import cut, feeding_ways


HELLO = bytes.fromhex("f248cdc9c90700")
HELLO_AGAIN = bytes.fromhex("f200110000")


def inflate(inflater, pieces, max_length=0):
    """Inflate a message that comes in pieces."""
    inflated = b"".join(inflater.feed(piece, max_length) for piece in pieces)
    return inflated + inflater.finish(max_length)


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        pytest.param("f248cdc9c90700", b"Hello", id="one block"),
        pytest.param("000500faff48656c6c6f00", b"Hello", id="without compression"),
        pytest.param("f348cdc9c9070000", b"Hello", id="BFINAL set"),
        pytest.param("f248050000 00ffff cac9c90700", b"Hello", id="two blocks"),
        pytest.param("00", b"", id="empty"),
        pytest.param("", b"", id="no data at all"),
        pytest.param(
            "f348cdc9c90700 f348cdc9c9070000", b"HelloHello", id="behind BFINAL"
        ),
    ],
)
def test_inflate(message, payload):
    """The examples of RFC 7692, 7.2.3, and what else DEFLATE can spell."""
    for pieces in feeding_ways(bytes.fromhex(message)).values():
        inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

        assert inflate(inflater, pieces) == payload
        assert inflate(inflater, [HELLO]) == b"Hello"


def test_example_is_compressed():
    """RFC 7692, 7.2.3.1 and 7.2.3.2: the second message refers to the first."""
    deflater = Deflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

    assert deflater.compress(b"Hello") == HELLO
    assert deflater.compress(b"Hello") == HELLO_AGAIN
    assert deflater.context_takeover


def test_no_context_takeover():
    """RFC 7692, 7.1.1: without context takeover each message stands alone."""
    deflater = Deflater(window_bits=MAX_WINDOW_BITS, context_takeover=False)
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=False)

    assert deflater.compress(b"Hello") == HELLO
    assert deflater.compress(b"Hello") == HELLO
    assert not deflater.context_takeover
    assert inflate(inflater, [HELLO]) == b"Hello"
    with pytest.raises(InflateError):
        inflate(inflater, [HELLO_AGAIN])


def test_context_takeover():
    """A message can refer to the one before it."""
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

    assert inflate(inflater, [HELLO]) == b"Hello"
    assert inflate(inflater, [HELLO_AGAIN]) == b"Hello"


def test_message_without_data():
    """A message of no bytes is empty, and spoils nothing for the next one."""
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

    assert inflate(inflater, []) == b""
    assert inflate(inflater, [HELLO]) == b"Hello"
    assert inflate(inflater, [b""]) == b""
    assert inflate(inflater, [HELLO_AGAIN]) == b"Hello"


@pytest.mark.parametrize(
    ("window_bits", "usable"), [(8, False), (9, True), (14, True), (15, True)]
)
def test_usable(window_bits, usable):
    """A window of 8 bits is too small for zlib to compress with."""
    deflater = Deflater(window_bits=window_bits, context_takeover=True)

    assert deflater.usable is usable
    if usable:
        assert deflater.compress(b"Hello") == HELLO


@pytest.mark.parametrize("window_bits", range(8, 16))
def test_window(window_bits):
    """RFC 7692, 7.1.2: nothing refers further back than the window agreed on."""
    deflater = Deflater(window_bits=max(window_bits, 9), context_takeover=True)
    inflater = Inflater(window_bits=max(window_bits, 9), context_takeover=True)
    payload = bytes(i * i % 251 for i in range(70000))

    for _ in range(3):
        assert inflate(inflater, [deflater.compress(payload)]) == payload


def test_defaults():
    """RFC 7692, 7.1: without parameters both sides keep the largest window."""
    assert DeflateParams() == (False, False, 15, 15)


@pytest.mark.parametrize(
    ("message", "inflated", "problem"),
    [
        pytest.param("07", b"", "invalid block type", id="block type"),
        pytest.param(
            "0001000000", b"", "invalid stored block lengths", id="stored lengths"
        ),
        pytest.param(
            "f248cdc9c90700 0000ffff 07",
            b"Hello",
            "invalid block type",
            id="behind a block",
        ),
        pytest.param(
            "f348cdc9c90700 f248cdc9c90700 0000ffff 07",
            b"HelloHello",
            "invalid block type",
            id="behind BFINAL",
        ),
        pytest.param(
            "f200110000", b"H", "invalid distance too far back", id="distance"
        ),
    ],
)
def test_not_deflate(message, inflated, problem):
    """The error says what is wrong and has what came before, however it is cut."""
    for pieces in feeding_ways(bytes.fromhex(message), b"trailing").values():
        error = inflate_until_error(pieces)

        assert error.inflated == inflated
        assert str(error) == f"Error -3 while decompressing data: {problem}"


def inflate_until_error(pieces):
    """Inflate pieces that aren't DEFLATE data; give all that came before the error."""
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)
    inflated = b""
    with pytest.raises(InflateError) as caught:
        for piece in pieces:
            inflated += inflater.feed(piece, 0)
    caught.value.inflated = inflated + caught.value.inflated
    return caught.value


@pytest.mark.parametrize("size", [1, 3, 16384, 16385, 100_000])
def test_error_in_a_large_piece(size):
    """What comes before the error is all there, wherever in a piece it is."""
    noise = bytes((i * i >> 3) % 256 for i in range(size))
    packer = zlib.compressobj(level=1, wbits=-15)
    data = packer.compress(noise) + packer.flush(zlib.Z_SYNC_FLUSH) + b"\x07" * 50

    assert inflate_until_error([data]).inflated == noise


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_any_bytes_however_cut(data, cuts):
    """Any bytes at all inflate to the same, or fail with the same, however cut."""
    outcomes = []
    for pieces in ([data], cut(data, [min(at, len(data)) for at in cuts])):
        inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)
        inflated, problem = b"", None
        try:
            for piece in pieces:
                inflated += inflater.feed(piece, 0)
            inflated += inflater.finish(0)
        except InflateError as error:
            inflated, problem = inflated + error.inflated, str(error)
        outcomes.append((inflated, problem))

    assert outcomes[0] == outcomes[1]


@given(
    st.lists(st.binary(min_size=1, max_size=2000), max_size=5),
    st.booleans(),
    st.integers(9, 15),
)
def test_round_trip(payloads, context_takeover, window_bits):
    """What is compressed inflates to the same, message after message."""
    deflater = Deflater(window_bits=window_bits, context_takeover=context_takeover)
    inflater = Inflater(window_bits=window_bits, context_takeover=context_takeover)

    for payload in payloads:
        message = deflater.compress(payload)

        assert inflate(inflater, [message[:3], message[3:]]) == payload


@pytest.mark.parametrize("max_length", [1, 999, 1000, 1001])
@pytest.mark.parametrize("pieces", [1, 7])
def test_limit(max_length, pieces):
    """Nothing is inflated past the limit."""
    message = zlib.compress(bytes(1000), wbits=-15)[:-1]
    step = -(-len(message) // pieces)
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)
    inflated = b""

    for start in range(0, len(message), step):
        if len(inflated) < max_length:
            room = max_length - len(inflated)
            inflated += inflater.feed(message[start : start + step], room)

    assert inflated == bytes(min(max_length, 1000))


def test_limit_across_streams():
    """The limit counts what all of zlib's streams in a piece inflate to."""
    stream = zlib.compress(bytes(100), wbits=-15)
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

    assert inflater.feed(3 * stream, 250) == bytes(250)


def test_bomb_is_not_inflated():
    """Data that inflate a thousandfold take memory up to the limit only."""
    bomb = zlib.compress(bytes(1 << 25), level=9, wbits=-15)
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)
    tracemalloc.start()
    try:
        inflated = inflater.feed(bomb, 1 << 16)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert inflated == bytes(1 << 16)
    assert peak < 1 << 19


@pytest.mark.timeout(30)
def test_many_streams_take_linear_time():
    """
    A message of two-byte streams takes time linear in its size.

    zlib copies what is behind each stream: half of 2**40 bytes, were it all at once.
    """
    inflater = Inflater(window_bits=MAX_WINDOW_BITS, context_takeover=True)

    assert inflate(inflater, [b"\x03\x00" * (1 << 19)]) == b""
