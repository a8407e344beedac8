"""Masking (RFC 6455, section 5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.speedups import apply_mask

from wstool.wire.masking import rotate_key, xor_mask


keys = st.binary(min_size=4, max_size=4)


def naive_mask(payload, masking_key):
    """Mask as section 5.3 spells it."""
    return bytes(octet ^ masking_key[i % 4] for i, octet in enumerate(payload))


@pytest.mark.parametrize("mask", [xor_mask, apply_mask], ids=["integers", "in C"])
@pytest.mark.parametrize(
    ("payload", "masking_key", "masked"),
    [
        pytest.param("48656c6c6f", "37fa213d", "7f9f4d5158", id="RFC 6455, 5.7"),
        pytest.param("", "37fa213d", "", id="empty"),
        pytest.param("00", "37fa213d", "37", id="one byte"),
        pytest.param("000000", "37fa213d", "37fa21", id="three bytes"),
        pytest.param("00000000", "37fa213d", "37fa213d", id="four bytes"),
        pytest.param("37fa213d00", "37fa213d", "0000000037", id="leading zeros"),
        pytest.param("0000000000", "00000000", "0000000000", id="key of zeros"),
    ],
)
def test_mask(mask, payload, masking_key, masked):
    """Each byte is combined with the byte of the key at its place, both ways."""
    payload, masking_key, masked = map(bytes.fromhex, (payload, masking_key, masked))

    assert mask(payload, masking_key) == masked
    assert mask(masked, masking_key) == payload


@given(st.binary(max_size=300), keys)
def test_mask_is_the_naive_loop(payload, masking_key):
    """Masking with integers gives what section 5.3 spells byte by byte."""
    assert xor_mask(payload, masking_key) == naive_mask(payload, masking_key)


@pytest.mark.parametrize(
    ("offset", "rotated"),
    [
        (0, "37fa213d"),
        (1, "fa213d37"),
        (2, "213d37fa"),
        (3, "3d37fa21"),
        (4, "37fa213d"),
        ((1 << 40) + 1, "fa213d37"),
    ],
)
def test_rotate_key(offset, rotated):
    """A piece's key begins at the place in the key where the piece begins."""
    assert rotate_key(bytes.fromhex("37fa213d"), offset) == bytes.fromhex(rotated)


@given(st.binary(max_size=50), keys, st.integers(0, 50))
def test_pieces_are_masked_as_the_whole(payload, masking_key, at):
    """A payload masked in two pieces is the payload masked whole."""
    first = xor_mask(payload[:at], masking_key)
    second = xor_mask(payload[at:], rotate_key(masking_key, len(first)))

    assert first + second == xor_mask(payload, masking_key)
