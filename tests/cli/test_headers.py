"""How headers are written, in arguments and in files."""

from __future__ import annotations

import pytest

from wstool.cli._headers import parse_header, parse_header_lines, read_header_file
from wstool.errors import InputInvalid


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        pytest.param("A:b", ("A", "b"), id="plain"),
        pytest.param(" A : b: c ", ("A", "b: c"), id="blanks"),
        pytest.param("A:", ("A", None), id="left-out"),
        pytest.param("A: ", ("A", None), id="left-out-with-blank"),
        pytest.param("A;", ("A", ""), id="empty"),
        pytest.param("A: ;", ("A", ";"), id="semicolon-as-value"),
    ],
)
def test_header(text, edit):
    """As in curl: a colon without a value leaves ours out, a semicolon empties it."""
    assert parse_header(text) == edit


@pytest.mark.parametrize("text", ["", "A", ":", ": b", ";", "A;b", " "])
def test_no_header(text):
    """Anything else is no header."""
    with pytest.raises(ValueError, match=r"^not NAME:VALUE, NAME: or NAME;$"):
        parse_header(text)


def test_lines(tmp_path):
    """A header on each line, in order; empty lines and comments are none."""
    path = tmp_path / "headers"
    path.write_bytes(b"# A: comment\n\nB: \xe2\x82\xac\r\n  \nA: \xff\nC;\nD:\nB: 2")
    assert read_header_file(str(path)) == [
        ("B", "\u20ac"),
        ("A", "\udcff"),
        ("C", ""),
        ("D", None),
        ("B", "2"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param("A: 1\ns3cret\n", 2, "not NAME:VALUE, NAME: or NAME;", id="none"),
        pytest.param("\na b: 1", 2, "header name 'a b' isn't a token", id="name"),
        pytest.param(
            "A: 1\rB: 2", 1, "value of header A holds a line break or NUL", id="cr"
        ),
        pytest.param(
            "A: \0", 1, "value of header A holds a line break or NUL", id="nul"
        ),
        pytest.param("", None, "no header in it", id="empty"),
        pytest.param("# A: 1\n\n", None, "no header in it", id="comments"),
    ],
)
def test_lines_that_do_not_fit(text, line, problem):
    """The line is named, but not shown: it may hold a secret."""
    with pytest.raises(InputInvalid) as caught:
        parse_header_lines(text, "SOURCE")
    where = "SOURCE" if line is None else f"SOURCE, line {line}"
    assert str(caught.value) == f"{where}: {problem}"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("missing", "@missing: can't be read: no such file or directory"),
        ("-", "@-: stdin is for messages; name a file"),
        ("a\0b", "@a\0b: can't be read: embedded null byte"),
    ],
)
def test_file_that_can_not_be_read(path, problem):
    """A file that can't be read is named."""
    with pytest.raises(InputInvalid) as caught:
        read_header_file(path)
    assert str(caught.value) == problem
