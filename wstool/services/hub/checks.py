"""
Checks of messages: whether they are JSON, and whether they fit a JSON Schema.

A message that isn't JSON gets 1007 (invalid data), one of the wrong kind 1003, one that
doesn't fit the schema 1008; the reason says what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wstool.errors import InputInvalid, UsageError
from wstool.files import read_file
from wstool.phrases import describe_file_error
from wstool.wire.close import Close, CloseCode
from wstool.wire.opcode import Opcode


__all__ = ["MessageCheck", "check_json", "make_schema_check"]

MessageCheck = Callable[[Opcode, bytes], Close | None]
"""Says how to close for a message; None for a good one."""

_MAX_SCHEMA = 16 << 20
_Validate = Callable[[Any], str | None]


def check_json(opcode: Opcode, payload: bytes) -> Close | None:
    """Check that a message is JSON."""
    return _check(opcode, payload, lambda value: None)


def make_schema_check(path: str) -> MessageCheck:
    """
    Make the check of a JSON Schema.

    Raises:
        InputInvalid: If the file can't be read, or is no schema.
        UsageError: If the library isn't there.
    """
    validate = _make_validate(path)
    return lambda opcode, payload: _check(opcode, payload, validate)


def _check(opcode: Opcode, payload: bytes, validate: _Validate) -> Close | None:
    if opcode is not Opcode.TEXT:
        return Close(CloseCode.UNSUPPORTED_DATA, "not JSON: a binary message")
    try:
        value = json.loads(payload, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        return Close(CloseCode.INVALID_DATA, f"not JSON: {error.msg} at {where}")
    except RecursionError:
        return Close(CloseCode.INVALID_DATA, "not JSON that is taken: nested too deep")
    except ValueError as error:
        return Close(CloseCode.INVALID_DATA, f"not JSON that is taken: {error}")
    problem = validate(value)
    return None if problem is None else Close(CloseCode.POLICY_VIOLATION, problem)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} isn't a number in JSON")


def _make_validate(path: str) -> _Validate:
    try:
        from jsonschema.exceptions import SchemaError, best_match
        from jsonschema.validators import Draft202012Validator, validator_for
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ImportError as error:
        problem = "--schema needs jsonschema: pip install 'wstool-cli[schema]'"
        raise UsageError(problem) from error
    schema = _read_schema(path)
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        problem = f"not a JSON Schema: {error.message} at {error.json_path}"
        raise InputInvalid(path, problem) from error
    # A registry of its own: references are never fetched from anywhere.
    validator = kind(schema, registry=Registry())

    def validate(value: Any) -> str | None:
        try:
            error = best_match(validator.iter_errors(value))
        except Unresolvable as unresolvable:
            return f"the schema refers to what isn't there: {unresolvable}"
        except RecursionError:
            return "nested too deep for the schema"
        return None if error is None else f"{error.json_path}: {error.message}"

    return validate


def _read_schema(path: str) -> dict[str, Any]:
    try:
        data = read_file(path, _MAX_SCHEMA + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(path, problem) from error
    try:
        schema = json.loads(data[:_MAX_SCHEMA])
    except (ValueError, RecursionError) as error:
        raise InputInvalid(path, f"not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise InputInvalid(path, "not a JSON Schema: not an object")
    return schema
