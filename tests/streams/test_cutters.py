"""Where messages begin and end."""

from __future__ import annotations

import pytest

from wstool.streams.cutters import LengthCutter, SeparatorCutter, WholeCutter


SIZE = 64 << 20


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("cutter", "head"),
    [
        pytest.param(SeparatorCutter(b"\n", SIZE), b"", id="separator"),
        pytest.param(LengthCutter(SIZE), SIZE.to_bytes(4, "big"), id="length"),
        pytest.param(WholeCutter(SIZE), b"", id="whole"),
    ],
)
def test_long_message_in_small_chunks(cutter, head):
    """The cost of a message grows with its size, not with the square of it."""
    chunk = b"x" * 1024
    found = cutter.cut(head)
    # Copying what is there for each chunk would move 2 TiB and break the time limit.
    for _ in range(SIZE // len(chunk)):
        found += cutter.cut(chunk)
    found += cutter.finish()

    assert cutter.problem is None
    assert len(found) == 1
    assert found[0] == b"x" * SIZE


@pytest.mark.parametrize(
    ("chunks", "known"),
    [
        pytest.param([b"a\nb\n"], [True], id="ascii"),
        pytest.param([b"\xff\nb"], [False], id="not-ascii"),
        pytest.param([b"a\n\xff", b"\n", b"c\n"], [False, False, True], id="held"),
        pytest.param([b"\xff\nb", b"c\n"], [False, True], id="held-is-ascii"),
        pytest.param([b"\xff", b"x", b"\n"], [False, False, False], id="in-pieces"),
    ],
)
def test_known_ascii(chunks, known):
    """Messages are called ASCII only if all of their pieces are."""
    cutter = SeparatorCutter(b"\n", 64)

    def is_known(chunk):
        cutter.cut(chunk)
        return cutter.known_ascii

    assert [is_known(chunk) for chunk in chunks] == known


def test_known_ascii_at_the_end():
    """A message without separator is called ASCII only if it is."""
    cutter = SeparatorCutter(b"\n", 64)
    cutter.cut(b"a\n\xff")
    cutter.cut(b"b")

    assert cutter.finish() == [b"\xffb"]
    assert cutter.known_ascii is False


def test_offset():
    """The offset is the one of the first message that isn't complete."""
    cutter = SeparatorCutter(b"\n", 64)
    cutter.cut(b"ab\ncd")
    assert cutter.offset == 3
    cutter.cut(b"e\n")
    assert cutter.offset == 7
