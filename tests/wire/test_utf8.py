"""UTF-8 checks (RFC 6455, section 8.1; RFC 3629)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.wire.utf8 import Utf8Validator, find_invalid_text

from support.feeding import cut


# Ranges of each byte in turn (RFC 3629, section 4).
TAIL = (0x80, 0xBF)
SEQUENCES = [
    [(0x00, 0x7F)],
    [(0xC2, 0xDF), TAIL],
    [(0xE0, 0xE0), (0xA0, 0xBF), TAIL],
    [(0xE1, 0xEC), TAIL, TAIL],
    [(0xED, 0xED), (0x80, 0x9F), TAIL],
    [(0xEE, 0xEF), TAIL, TAIL],
    [(0xF0, 0xF0), (0x90, 0xBF), TAIL, TAIL],
    [(0xF1, 0xF3), TAIL, TAIL, TAIL],
    [(0xF4, 0xF4), (0x80, 0x8F), TAIL, TAIL],
]
BAD_SEQUENCES = [
    pytest.param("80", id="tail without a start"),
    pytest.param("bf", id="last tail without a start"),
    pytest.param("c0", id="over-long, 2 bytes"),
    pytest.param("c1", id="over-long, 2 bytes, last"),
    pytest.param("c27f", id="2 bytes, tail too low"),
    pytest.param("c2c0", id="2 bytes, tail too high"),
    pytest.param("e09f", id="over-long, 3 bytes"),
    pytest.param("eda0", id="first surrogate"),
    pytest.param("edbf", id="last surrogate"),
    pytest.param("e28241", id="3 bytes, third is ASCII"),
    pytest.param("e282e2", id="3 bytes, third is a start"),
    pytest.param("f08f", id="over-long, 4 bytes"),
    pytest.param("f490", id="beyond U+10FFFF"),
    pytest.param("f09080ff", id="4 bytes, fourth is bad"),
    pytest.param("f5", id="start too high"),
    pytest.param("ff", id="never in UTF-8"),
]
GOOD_SEQUENCES = [
    pytest.param("00", id="first of 1 byte"),
    pytest.param("7f", id="last of 1 byte"),
    pytest.param("c280", id="first of 2 bytes"),
    pytest.param("dfbf", id="last of 2 bytes"),
    pytest.param("e0a080", id="first of 3 bytes"),
    pytest.param("ed9fbf", id="last before the surrogates"),
    pytest.param("ee8080", id="first after the surrogates"),
    pytest.param("efbfbf", id="last of 3 bytes"),
    pytest.param("f0908080", id="first of 4 bytes"),
    pytest.param("f48fbfbf", id="last of all"),
]


def find_proof(text):
    """Find the first byte that can't be there, and where its sequence starts."""
    start, candidates = 0, SEQUENCES
    for index, octet in enumerate(text):
        place = index - start
        candidates = [
            ranges
            for ranges in candidates
            if ranges[place][0] <= octet <= ranges[place][1]
        ]
        if not candidates:
            return index, start
        if len(candidates[0]) == place + 1:
            start, candidates = index + 1, SEQUENCES
    return None


def feed_pieces(pieces):
    """Feed pieces; give how many it took to prove an error, and the offset."""
    validator = Utf8Validator()
    for count, piece in enumerate(pieces, start=1):
        offset = validator.feed(piece)
        if offset is not None:
            return count, offset
    return None, validator.feed(b"", final=True)


@pytest.mark.parametrize("before", [b"", b"a", "é€𝄞".encode()])
@pytest.mark.parametrize("sequence", BAD_SEQUENCES)
def test_earliest_byte(before, sequence):
    """An error is found at the byte that proves it, and told where it starts."""
    text = before + bytes.fromhex(sequence)
    start = len(before)

    assert feed_pieces([text[:-1], text[-1:]]) == (2, start)
    assert feed_pieces([bytes([octet]) for octet in text]) == (len(text), start)
    assert feed_pieces([text]) == (1, start)
    assert feed_pieces([text + b"more"]) == (1, start)


@pytest.mark.parametrize("before", [b"", b"a", "é€𝄞".encode()])
@pytest.mark.parametrize("sequence", GOOD_SEQUENCES)
def test_valid_text(before, sequence):
    """Valid text is valid whole, byte by byte, and before more text."""
    text = before + bytes.fromhex(sequence)

    assert feed_pieces([text]) == (None, None)
    assert feed_pieces([bytes([octet]) for octet in text]) == (None, None)
    assert feed_pieces([text, "é".encode()]) == (None, None)


@pytest.mark.parametrize("sequence", GOOD_SEQUENCES)
def test_text_cut_off(sequence):
    """Text that ends inside a character is invalid at its end, not before."""
    text = b"ab" + bytes.fromhex(sequence)

    for end in range(3, len(text)):
        assert feed_pieces([text[:end]]) == (None, 2)
        assert Utf8Validator().feed(text[:end], final=True) == 2


@given(st.lists(st.integers(0x70, 0xFF), max_size=6).map(bytes))
def test_earliest_byte_of_any_text(text):
    """Any bytes are judged as the table of RFC 3629 judges them."""
    proof = find_proof(text)
    count, offset = feed_pieces([bytes([octet]) for octet in text])

    if proof is None:
        assert count is None
    else:
        assert (count, offset) == (proof[0] + 1, proof[1])


@given(
    st.one_of(st.binary(max_size=12), st.text(max_size=6).map(str.encode)),
    st.lists(st.integers(0, 12), max_size=3),
)
def test_pieces_are_judged_as_the_whole(text, cuts):
    """The outcome doesn't depend on how text is cut into pieces."""
    pieces = cut(text, [min(at, len(text)) for at in cuts])

    assert feed_pieces(pieces)[1] == Utf8Validator().feed(text, final=True)


@pytest.mark.parametrize(
    ("payloads", "found"),
    [
        pytest.param([], None, id="none"),
        pytest.param([b"a", b"", b"b"], None, id="ascii"),
        pytest.param([b"a", b"\xc3\xa9", b""], None, id="utf-8"),
        pytest.param([b"\xff"], (0, 0), id="only one"),
        pytest.param([b"a", b"ok\xff", b"\xff"], (1, 2), id="first of two"),
        pytest.param([b"\xc3", b"\xa9"], (0, 0), id="character across payloads"),
        pytest.param([b"\xc3\xa9", b"", b"ab\xe2\x82"], (2, 2), id="cut off"),
    ],
)
def test_find_invalid_text(payloads, found):
    """The first payload that isn't UTF-8 is found, each being judged alone."""
    assert find_invalid_text(payloads) == found
