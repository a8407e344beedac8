"""JSON laid out for reading."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.cli._connect.jsontext import find_keys, layout_json, parse_json


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{}", ["{}"]),
        ("[ ]", ["[]"]),
        ('{"a":1}', ["{", '  "a": 1', "}"]),
        ("[1,[2],{}]", ["[", "  1,", "  [", "    2", "  ],", "  {}", "]"]),
        # What a parser would change stays.
        (
            '{"a":1.50,"a":1e400,"b":"\\u00e9\\/"}',
            ["{", '  "a": 1.50,', '  "a": 1e400,', '  "b": "\\u00e9\\/"', "}"],
        ),
        ('["{,:}"]', ["[", '  "{,:}"', "]"]),
        ('["a\\"b"]', ["[", '  "a\\"b"', "]"]),
    ],
)
def test_layout(text, lines):
    """Each value has a line; no token is changed, left out or joined."""
    assert list(layout_json(text)) == lines


@given(JSON.filter(lambda value: isinstance(value, list | dict)))
def test_layout_means_the_same(value):
    """What is laid out is still the same JSON, as the standard library lays it out."""
    text = json.dumps(value)

    assert "\n".join(layout_json(text)) == json.dumps(value, indent=2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "1",
        '"text"',
        "{",
        "[1,]",
        "[" * 100_000,
        "[" + "1" * 10_000 + "]",
        "[" + " " * (1 << 18) + "]",
    ],
    ids=[
        "empty",
        "word",
        "number",
        "string",
        "cut",
        "comma",
        "deep",
        "digits",
        "large",
    ],
)
def test_not_parsed(text):
    """Only objects and arrays count, and nothing that would take long to read."""
    assert parse_json(text) is None


def test_parsed():
    """Leading space doesn't matter."""
    assert parse_json(' \n{"a": [1]}') == {"a": [1]}


def test_keys():
    """Keys come as they are spelled; strings that are values don't."""
    assert list(find_keys('{"a": "b", "c d" :{"e\\"f":1}, "g":["h"]}')) == [
        "a",
        "c d",
        'e\\"f',
        "g",
    ]
