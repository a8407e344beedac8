"""Bytes that come again, and are others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.capture.changes import find_differences, restore


@pytest.mark.parametrize(
    ("payload", "start", "first", "found"),
    [
        pytest.param(b"abcd", 100, b"abcd", (0, 0), id="same"),
        pytest.param(b"abcd", 100, b"aXcY", (1, 2), id="two"),
        pytest.param(b"abcd", 98, b"..abXd", (2, 1), id="earlier"),
        pytest.param(b"abcd", 102, b"cXef", (3, 1), id="later"),
        pytest.param(b"abcd", 98, b"..a", (0, 0), id="a-part"),
        pytest.param(b"abcd", 104, b"x", (0, 0), id="behind"),
        pytest.param(b"abcd", 90, b"x", (0, 0), id="before"),
        pytest.param(b"", 100, b"x", (0, 0), id="nothing"),
    ],
)
def test_differences(payload, start, first, found):
    """Only what both have is compared."""
    assert find_differences(100, payload, start, first) == found


def test_differences_where_numbers_begin_again():
    """Sequence numbers begin again at 0."""
    assert find_differences((1 << 32) - 2, b"abcd", 0, b"cX") == (3, 1)
    assert find_differences(1, b"abcd", (1 << 32) - 1, b"..aXc") == (1, 1)


def test_restoring():
    """Bytes that came first are put in the place of others, each difference named."""
    known = [(98, b"..Ab"), (103, b"De"), (200, b"x")]

    assert restore(100, b"abcd", known) == (b"AbcD", [(0, 1), (3, 1)])


@given(st.binary(max_size=30), st.integers(-20, 20), st.binary(max_size=30))
def test_any_bytes(payload, ahead, first):
    """After restoring nothing differs, and no byte is more or less."""
    restored, found = restore(100, payload, [(100 + ahead, first)])

    assert len(restored) == len(payload)
    assert find_differences(100, restored, 100 + ahead, first) == (0, 0)
    changed = [one != other for one, other in zip(restored, payload, strict=True)]
    assert found == ([(changed.index(True), sum(changed))] if any(changed) else [])
