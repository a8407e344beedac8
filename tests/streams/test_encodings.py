"""Payloads in hex and base64."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.encodings import (
    decode_base64,
    decode_hex,
    encode_base64,
    encode_hex,
)


@pytest.mark.parametrize(
    ("decode", "text", "payload"),
    [
        pytest.param(decode_hex, b"", b"", id="hex-empty"),
        pytest.param(decode_hex, b"00fFaB", b"\x00\xff\xab", id="hex"),
        pytest.param(decode_hex, b" 00 ff\r\n", b"\x00\xff", id="hex-whitespace"),
        pytest.param(decode_base64, b"", b"", id="base64-empty"),
        pytest.param(decode_base64, b"+/+/", b"\xfb\xff\xbf", id="base64"),
        pytest.param(decode_base64, b"\taG\nk=\r", b"hi", id="base64-whitespace"),
    ],
)
def test_decode(decode, text, payload):
    """Whitespace doesn't count."""
    assert decode(text) == payload


@pytest.mark.parametrize(
    ("decode", "text", "message"),
    [
        pytest.param(
            decode_hex,
            b"0 0f",
            "hex needs an even number of digits, not 3",
            id="hex-odd",
        ),
        pytest.param(decode_hex, b"0x00", "invalid hex digit", id="hex-prefix"),
        pytest.param(decode_hex, b"\xff0", "invalid hex digit", id="hex-not-ascii"),
        pytest.param(
            decode_base64,
            b"aGk",
            "invalid base64: incorrect padding",
            id="base64-no-padding",
        ),
        pytest.param(
            decode_base64,
            b"aGk=aGk=",
            "invalid base64: excess data after padding",
            id="base64-twice",
        ),
        pytest.param(
            decode_base64,
            b"a-_=",
            "invalid base64: only base64 data is allowed",
            id="base64-url-alphabet",
        ),
    ],
)
def test_decode_refuses(decode, text, message):
    """Anything that isn't in the alphabet, or not complete, is refused."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        decode(text)


@given(payload=st.binary())
def test_encode_is_the_inverse_of_decode(payload):
    """What is encoded decodes to the same bytes, and holds no separator."""
    for encode, decode in (encode_hex, decode_hex), (encode_base64, decode_base64):
        text = encode(payload)
        assert decode(text) == payload
        assert text.split() == ([text] if text else [])
