"""Checks of messages."""

from __future__ import annotations

import json
import sys

import pytest

from wstool.errors import InputInvalid, UsageError
from wstool.services.hub.checks import check_json, make_schema_check
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


SCHEMA = {
    "type": "object",
    "required": ["op"],
    "properties": {"op": {"type": "string"}, "prices": {"items": {"minimum": 0}}},
}


@pytest.mark.parametrize("payload", [b"{}", b" [1, 2] ", b'"\xc3\xa9"', b"null"])
def test_json(payload):
    """Any JSON value will do."""
    assert check_json(Opcode.TEXT, payload) is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", "not JSON: Expecting value at line 1 column 1", id="empty"),
        pytest.param(
            b'{"a": 1,\n "b"}',
            "not JSON: Expecting ':' delimiter at line 2 column 5",
            id="second-line",
        ),
        pytest.param(
            b"NaN", "not JSON that is taken: NaN isn't a number in JSON", id="nan"
        ),
        pytest.param(
            b"[" * 100_000, "not JSON that is taken: nested too deep", id="nested"
        ),
    ],
)
def test_not_json(payload, reason):
    """What isn't JSON gets 1007, with what is wrong and where."""
    assert check_json(Opcode.TEXT, payload) == Close(1007, reason)


def test_long_number():
    """A number of very many digits is refused, not computed."""
    close = check_json(Opcode.TEXT, b"1" * 100_000)

    assert close.code == 1007
    assert close.reason.startswith("not JSON that is taken: Exceeds the limit")


def test_binary():
    """A binary message is no JSON: 1003."""
    close = Close(1003, "not JSON: a binary message")

    assert check_json(Opcode.BINARY, b"{}") == close


@pytest.fixture(name="schema")
def write_schema(tmp_path):
    """Give what writes a schema to a file, and makes its check."""

    def write(schema):
        path = tmp_path / "schema.json"
        path.write_text(schema if isinstance(schema, str) else json.dumps(schema))
        return make_schema_check(str(path))

    return write


@pytest.mark.parametrize(
    ("value", "close"),
    [
        pytest.param({"op": "x"}, None, id="good"),
        pytest.param({}, Close(1008, "$: 'op' is a required property"), id="missing"),
        pytest.param(
            {"op": 1}, Close(1008, "$.op: 1 is not of type 'string'"), id="type"
        ),
        pytest.param(
            {"op": "x", "prices": [1, -1]},
            Close(1008, "$.prices[1]: -1 is less than the minimum of 0"),
            id="where",
        ),
    ],
)
def test_schema(schema, value, close):
    """What doesn't fit the schema gets 1008, with what is wrong and where."""
    check = schema(SCHEMA)

    assert check(Opcode.TEXT, json.dumps(value).encode()) == close


def test_schema_needs_json(schema):
    """What isn't JSON can't fit."""
    assert schema(SCHEMA)(Opcode.TEXT, b"{").code == 1007


def test_references_are_not_fetched(schema):
    """A schema that refers to another place doesn't make the server go there."""
    check = schema({"$ref": "http://127.0.0.1:9/schema.json"})

    close = check(Opcode.TEXT, b"{}")

    assert close.code == 1008
    assert close.reason.startswith("the schema refers to what isn't there")


def test_recursive_schema(schema):
    """A deeply nested message can't exhaust the stack."""
    check = schema({"items": {"$ref": "#"}})
    depth = 900

    close = check(Opcode.TEXT, b"[" * depth + b"]" * depth)

    assert close == Close(1008, "nested too deep for the schema")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("{", "not JSON: ", id="not-json"),
        pytest.param("[]", "not a JSON Schema: not an object", id="list"),
        pytest.param(
            '{"type": 1}', "not a JSON Schema: 1 is not valid under any", id="bad"
        ),
    ],
)
def test_bad_schema(schema, text, problem):
    """A file that is no schema is named at the start."""
    with pytest.raises(InputInvalid, match=problem):
        schema(text)


def test_missing_file():
    """So is one that isn't there."""
    with pytest.raises(InputInvalid, match="can't be read: no such file"):
        make_schema_check("/missing.json")


def test_missing_library(monkeypatch, tmp_path):
    """Without the library the extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "jsonschema.exceptions", None)

    with pytest.raises(UsageError, match=r"pip install 'wstool-cli\[schema\]'"):
        make_schema_check(str(tmp_path))
