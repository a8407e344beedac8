"""The language that chooses frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.wire.filtering import FilterInvalid, parse_filter


FIELDS = {
    "length": None,
    "text": None,
    "fin": None,
    "code": None,
    "opcode": frozenset({"text", "close"}),
}
ITEM = {"length": 300, "text": 'say "hi"', "fin": True, "code": None, "opcode": "text"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("length == 300", True),
        ("length != 300", False),
        ("length == 0x12c", True),
        ("length > 299 and length < 301", True),
        ("length >= 301 or length <= 299", False),
        ("length > 299.5", True),
        ("not length > 300", True),
        ("not not fin", True),
        ("fin", True),
        ("code", False),
        ("code == 1000", False),
        ("code != 1000", True),
        ("code > 5", False),
        ("opcode == text", True),
        ("opcode == 'close' or fin and opcode == text", True),
        ("(opcode == close or fin) and length == 1", False),
        ("opcode == close or fin and length == 1", False),
        ("text contains hi", True),
        ("text contains 'say \\\"hi'", True),
        ("text contains HI", False),
        ("text matches '(?i)HI'", True),
        (r"text matches '\bhi\b'", True),
        ("code contains 1", False),
        ("code matches .", None),
        ("length contains 30", True),
        ("length == '300'", True),
        ("LENGTH == 300", True),
        ("  fin  ", True),
    ],
)
def test_filters(text, result):
    """A filter is true or false of an item; what isn't there compares as false."""
    if result is None:
        with pytest.raises(FilterInvalid):
            parse_filter(text, FIELDS)
        return

    assert parse_filter(text, FIELDS)(ITEM.__getitem__) is result


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "character 1: expected a field, found the end"),
        (
            "lenght > 1",
            "character 1: there is no field 'lenght'; there are length, text, fin,"
            " code, opcode",
        ),
        ("length >", "character 9: expected a value, found the end"),
        ("length > and", "character 10: expected a value, found and"),
        ("length > abc", "character 8: > compares numbers, not 'abc'"),
        ("length 5", "character 8: unexpected '5', where and, or or the end can be"),
        ("length = 5", "character 8: unexpected '=', try =="),
        ("opcode == 8", "character 11: opcode is never '8', but close, text"),
        ("(fin", "character 5: expected ')', found the end"),
        ("fin)", "character 4: unexpected ')', where and, or or the end can be"),
        ("fin and", "character 8: expected a field, found the end"),
        (
            "text matches '('",
            "character 14: '(': missing ), unterminated subpattern at position 0",
        ),
        ("'a' == fin", "character 1: expected a field, found 'a'"),
        ("(" * 200 + "fin" + ")" * 200, "character 101: nested too deeply"),
        ("text == 'open", "character 9: unexpected \"'\""),
    ],
)  # fmt: skip
def test_invalid(text, problem):
    """What is wrong is named, with its place."""
    with pytest.raises(FilterInvalid) as caught:
        parse_filter(text, FIELDS)

    assert str(caught.value) == problem


words = [
    "length",
    "opcode",
    "and",
    "or",
    "not",
    "(",
    ")",
    "==",
    "<",
    "5",
    "'a'",
    "text",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(words)).map(" ".join)))
def test_any_text(text):
    """Any text is a filter that judges, or refused."""
    try:
        predicate = parse_filter(text, FIELDS)
    except FilterInvalid:
        return
    assert predicate(ITEM.__getitem__) in (True, False)
