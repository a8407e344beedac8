"""Hex as people paste it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.hextext import HexInvalid, HexOrRaw, parse_hex


def decode(*pieces, max_text=1 << 10):
    """Take pieces; give what passed at once, what came at the end, and the oddity."""
    decoder = HexOrRaw(max_text=max_text)
    passed = [decoder.feed(piece) for piece in pieces]
    return passed, decoder.finish(), decoder.oddity and str(decoder.oddity)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("", b"", id="empty"),
        pytest.param(" \n", b"", id="blank"),
        pytest.param("810548656C6c6f", b"\x81\x05Hello", id="bare"),
        pytest.param("81 05\n48\t65\r\n6c 6c6f\n", b"\x81\x05Hello", id="spaces"),
        pytest.param("81:05-48;65", b"\x81\x05He", id="separators"),
        pytest.param("0x81, 0x05, 0X48,", b"\x81\x05H", id="array"),
        pytest.param("0x810548", b"\x81\x05H", id="number"),
        pytest.param(r"\x81\x05", b"\x81\x05", id="escapes"),
    ],
)
def test_parse_hex(text, data):
    """Separators and prefixes don't count."""
    assert parse_hex(text) == data


@given(st.binary(), st.sampled_from(["", " ", ", 0x", r"\x"]))
def test_parse_hex_of_any_bytes(data, separator):
    """Any bytes can be spelled."""
    assert parse_hex("".join(f"{separator}{byte:02X}" for byte in data)) == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("81 0g", "character 5: 'g' isn't a hex digit", id="half-letter"),
        pytest.param("81 g0", "character 4: 'g' isn't a hex digit", id="letter"),
        pytest.param("81é", "character 3: 'é' isn't a hex digit", id="not-ascii"),
        pytest.param("81\x1b", r"character 3: '\x1b' isn't a hex digit", id="control"),
        pytest.param("0x", "character 2: 'x' isn't a hex digit", id="no-digits"),
        pytest.param("8", "character 1: odd number of hex digits: 8", id="half"),
        pytest.param("81 0x5", "character 6: odd number of hex digits: 5", id="prefix"),
        pytest.param(
            "0" * 21,
            "character 1: odd number of hex digits: 00000000000000000...",
            id="long",
        ),
    ],
)
def test_parse_hex_refuses(text, message):
    """What is no hex, or half a byte, is named with its place."""
    with pytest.raises(HexInvalid) as caught:
        parse_hex(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("pieces", "passed", "ending", "oddity"),
    [
        pytest.param([], [], b"", None, id="nothing"),
        pytest.param([b"81", b"05 \n"], [b"", b""], b"\x81\x05", None, id="hex"),
        pytest.param([b"8", b"1"], [b"", b""], b"\x81", None, id="hex-cut"),
        pytest.param([b"\x81", b"05"], [b"\x81", b"05"], b"", None, id="raw"),
        pytest.param(
            [b"81 0", b"5\x00", b"81"], [b"", b"81 05\0", b"81"], b"", None, id="later"
        ),
        pytest.param(
            [b"81 0", b"5 hello"],
            [b"", b"81 05 hello"],
            b"",
            "character 7: 'h' isn't a hex digit",
            id="like-text",
        ),
    ],
)
def test_hex_or_raw(pieces, passed, ending, oddity):
    """Bytes are hex text to the end, or raw from the first one that isn't."""
    assert decode(*pieces) == (passed, ending, oddity)


def test_hex_text_of_half_a_byte():
    """Hex text that is no hex is known at the end."""
    decoder = HexOrRaw(max_text=10)
    decoder.feed(b"810")

    with pytest.raises(HexInvalid) as caught:
        decoder.finish()

    assert str(caught.value) == "character 1: odd number of hex digits: 810"


def test_hex_text_has_a_limit():
    """Hex text is kept only up to a limit."""
    decoder = HexOrRaw(max_text=4)
    decoder.feed(b"8105")

    with pytest.raises(HexInvalid) as caught:
        decoder.feed(b"4")

    assert str(caught.value) == "character 5: hex text of more than 4 bytes"
