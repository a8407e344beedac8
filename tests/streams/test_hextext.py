"""Hex as people paste it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.hextext import HexInvalid, parse_hex


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
