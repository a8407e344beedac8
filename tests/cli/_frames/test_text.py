"""What the formats for people have in common."""

from __future__ import annotations

from unicodedata import combining

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstool.cli._frames.formats import FrameFormat

from support.frames import TEXT, frame
from support.rendering import FULL, JSONL, KEY, SUMMARY, render


def test_color():
    """Colour repeats what the words say."""
    data = frame(TEXT, b"\xff", rsv=0b010) + b"\x81"

    for format in (FULL, SUMMARY):
        colored = render(data, format=format, color=True)
        plain = render(data, format=format)
        assert "\x1b[1;31m! RFC 6455, 8.1" in colored
        assert strip_color(colored) == plain
    assert render(data, format=JSONL, color=True) == render(data, format=JSONL)


def strip_color(text):
    """Take the colours out."""
    first, *rest = text.split("\x1b[")
    return first + "".join(piece.partition("m")[2] for piece in rest)


runs_of_bytes = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            frame,
            st.integers(0, 15),
            st.one_of(st.binary(max_size=20), st.text(max_size=9).map(str.encode)),
            fin=st.booleans(),
            rsv=st.sampled_from([0, 0, 0b100, 0b010]),
            masking_key=st.sampled_from([None, KEY]),
        ),
    ),
    max_size=4,
)


@pytest.mark.parametrize("format", [FULL, SUMMARY, JSONL, FrameFormat.HEXDUMP])
@given(runs=runs_of_bytes)
def test_nothing_acts_on_a_terminal(format, runs):
    """Whatever the bytes, what is shown is printable lines."""
    text = render(*runs, format=format)

    assert all(
        character.isprintable() or character in "\u200c\u200d" or character.isspace()
        for character in text
    )
    assert not set(text) & set("\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029")


@pytest.mark.parametrize("format", [FULL, SUMMARY, FrameFormat.HEXDUMP])
@given(runs=runs_of_bytes)
@example(runs=["\u0591".encode(), b"\xf1\x8a\xe6P\0\0\x30\xc1" + bytes(8)])
@example(runs=[b"\x81\x7e\x03\xe8" + bytes(1000) + b"\x81\xff" + bytes(11)])
def test_lines_fit_a_terminal(format, runs):
    """Lines fit 80 columns, but for sentences and text."""
    lines = render(*runs, format=format).splitlines()
    unbound = ("! ", "text  ", "close  ")

    assert [
        line
        for line in lines
        if count_columns(line) > 80 and not line.lstrip().startswith(unbound)
    ] == []


def count_columns(line):
    """Count the columns that a line takes, where no character takes two."""
    return sum(not combining(character) for character in line)
