"""Text for a person to read, from bytes that a peer chose."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.cli._render import (
    escape_bytes,
    escape_text,
    hexdump,
    point_at,
    shorten,
    wrap,
)


LINE = "0000  1e 1f 20 21 22 23 24 25  26 27 28 29 2a 2b 2c 2d  .. !\"#$%&'()*+,-"
TWO_LINES = [
    "  0010  7e 7f 80 ff 30 31 32 33  34 35 36 37 38 39 61 62  ~...0123456789ab",
    "  0020  63 64 65 66                                       cdef",
]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("plain ~", "plain ~", id="ascii"),
        pytest.param("\x1b]0;title\x07", r"\x1b]0;title\x07", id="escape-sequence"),
        pytest.param("\0\x7f", r"\x00\x7f", id="nul-and-del"),
        pytest.param("a\tb\nc\rd", r"a\tb\nc\rd", id="layout"),
        pytest.param("\x85\x9b", r"\x85\x9b", id="c1"),
        pytest.param("\u202ea\u2066", r"\u202ea\u2066", id="bidirectional"),
        pytest.param("\u2028\u2029", r"\u2028\u2029", id="separators"),
        pytest.param("\ud800", r"\ud800", id="lone-surrogate"),
        pytest.param("\ufeff\u200b\xad", r"\ufeff\u200b\xad", id="invisible"),
        pytest.param("\U000e0041", r"\U000e0041", id="tag"),
        pytest.param("\ue000\U0010ffff", r"\ue000\U0010ffff", id="no-character"),
        pytest.param("wörld 世界 \xa0\u3000.", "wörld 世界 \xa0\u3000.", id="scripts"),
        pytest.param("👩‍👩‍👧 نمی‌خواهم", "👩‍👩‍👧 نمی‌خواهم", id="joiners"),
        pytest.param(r"C:\new", r"C:\new", id="backslash"),
    ],
)
def test_escape_text(text, escaped):
    """What acts on a terminal is made visible, and what is text stays."""
    assert escape_text(text) == escaped


def test_escape_text_with_newlines():
    """Newlines and tabs can be kept, but nothing else that moves the cursor."""
    assert escape_text("a\tb\nc\rd\x1b", keep_newlines=True) == "a\tb\nc\\rd\\x1b"


@given(st.text(st.characters()))
def test_escape_any_text(text):
    """Whatever comes out only shows: no control, format or line separator."""
    kinds = {unicodedata.category(character) for character in escape_text(text)}
    kept = {"\u200c", "\u200d"} & set(text)

    assert not kinds & {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
    assert "Cf" not in kinds or kept


@given(st.text(st.characters()))
def test_escape_twice(text):
    """What is escaped stays as it is."""
    escaped = escape_text(text)

    assert escape_text(escaped) == escaped


@pytest.mark.parametrize(
    ("data", "keep_newlines", "escaped"),
    [
        pytest.param("wörld".encode(), False, "wörld", id="text"),
        pytest.param(b"a\xff\xfeb", False, r"a\xff\xfeb", id="invalid"),
        pytest.param(b"\xc3", False, r"\xc3", id="cut-off"),
        pytest.param(b"\xed\xa0\x80", False, r"\xed\xa0\x80", id="surrogate"),
        pytest.param(b"a\nb\x1b\xff", True, "a\nb\\x1b\\xff", id="newline"),
    ],
)
def test_escape_bytes(data, keep_newlines, escaped):
    """Bytes that aren't UTF-8 are made visible one by one."""
    assert escape_bytes(data, keep_newlines=keep_newlines) == escaped


@pytest.mark.parametrize(
    ("data", "options", "lines"),
    [
        pytest.param(b"", {}, [], id="empty"),
        pytest.param(
            b"Hello",
            {},
            ["0000  48 65 6c 6c 6f                                    Hello"],
            id="short",
        ),
        pytest.param(
            bytes(range(0x1E, 0x2E)),
            {},
            [LINE],
            id="line",
        ),
        pytest.param(
            b"~\x7f\x80\xff0123456789abcdef",
            {"indent": "  ", "offset": 0x10},
            TWO_LINES,
            id="two-lines",
        ),
        pytest.param(
            b"ab",
            {"offset": 0xFFFF},
            ["0ffff  61 62                                             ab"],
            id="long-offset",
        ),
        pytest.param(
            b"abcde",
            {"width": 4},
            ["0000  61 62 63 64  abcd", "0004  65           e"],
            id="narrow",
        ),
    ],
)
def test_hexdump(data, options, lines):
    """A line has the offset, the bytes in two groups, and what of them is ASCII."""
    assert list(hexdump(data, **options)) == lines


@pytest.mark.parametrize(
    ("text", "shortened"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("12345678", "12345678", id="fits"),
        pytest.param("123456789", "12345...", id="one-more"),
        pytest.param("世界世界", "世界世界", id="wide-fits"),
        pytest.param("世界世界世", "世界...", id="wide"),
        pytest.param("e\u0301" * 8, "e\u0301" * 8, id="combining-fits"),
        pytest.param("e\u0301" * 9, "e\u0301" * 5 + "...", id="combining"),
    ],
)
def test_shorten(text, shortened):
    """Text is cut to the columns that it takes on a terminal."""
    assert shorten(text, 8) == shortened


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("p99 > x", 6, "\n\n  p99 > x\n        ^"),
        ("", 0, "\n\n  \n  ^"),
        ("p99 > 5µs", 6, ""),
        ("a\x1bb", 2, ""),
        ("x" * 77, 2, ""),
    ],
)
def test_point_at(text, position, shown):
    """A place is pointed at where a column is a character, and the text fits a line."""
    assert point_at(text, position) == shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("aa bb cc", ["aa bb", "  cc"]),
        ("aa 日本 cc", ["aa", "  日本", "  cc"]),
        ("a-long-word bb", ["a-long-word", "  bb"]),
        ("a b", ["a b"]),
        ("", [""]),
    ],
)
def test_wrap(text, lines):
    """Sentences break at spaces by what they take of a terminal, words never."""
    assert wrap(text, 6, hang="  ") == lines
