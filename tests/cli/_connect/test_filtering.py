"""Which messages a regular expression finds."""

from __future__ import annotations

import re

import pytest

from wstool.cli._connect.filtering import MessageFilter
from wstool.wire.opcode import Opcode


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param("^.$", "ü", id="dot"),
        pytest.param("[äö]", "ö", id="class"),
        pytest.param("(?i)Ü", "ü", id="case"),
        pytest.param(r"^\w+$", "grün", id="word"),
        pytest.param(r"\N{EURO SIGN}", "5 €", id="name"),
        pytest.param("x|€", "5 €", id="plain"),
    ],
)
def test_text(pattern, text):
    """In text, a pattern is for characters, whatever their bytes."""
    found = MessageFilter(pattern).find(Opcode.TEXT, [b"", text.encode(), b"a-e"])

    assert found == [1]


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        pytest.param(r"^\x00\xff", b"\x00\xff\x01", id="escapes"),
        pytest.param("\udcff$", b"a\xff", id="typed"),
        pytest.param("€", "5 €".encode(), id="utf-8"),
    ],
)
def test_binary(pattern, data):
    """In binary messages, a pattern is for bytes."""
    found = MessageFilter(pattern).find(Opcode.BINARY, [b"", data, b"\xc3\xbf"])

    assert found == [1]


def test_binary_without_characters():
    """A pattern that bytes can't have finds none of them."""
    assert MessageFilter(r"\N{EURO SIGN}|.").find(Opcode.BINARY, [b"a"]) == []


def test_no_pattern():
    """What is no regular expression is refused."""
    with pytest.raises(re.error):
        MessageFilter("(")
