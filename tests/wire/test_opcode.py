"""Opcodes (RFC 6455, sections 5.2 and 11.8)."""

from __future__ import annotations

import pytest

from wstool.wire.opcode import Opcode, is_control, is_reserved, opcode_name


@pytest.mark.parametrize(
    ("opcode", "name", "control", "reserved"),
    [
        (0x0, "continuation", False, False),
        (0x1, "text", False, False),
        (0x2, "binary", False, False),
        (0x3, "reserved 0x3", False, True),
        (0x7, "reserved 0x7", False, True),
        (0x8, "close", True, False),
        (0x9, "ping", True, False),
        (0xA, "pong", True, False),
        (0xB, "reserved 0xb", True, True),
        (0xF, "reserved 0xf", True, True),
    ],
)
def test_opcode(opcode, name, control, reserved):
    """The highest bit tells control frames; 0x3 to 0x7 and 0xB to 0xF are reserved."""
    assert opcode_name(opcode) == name
    assert is_control(opcode) is control
    assert is_reserved(opcode) is reserved


def test_opcodes_are_the_ones_of_the_rfc():
    """RFC 6455 defines six opcodes."""
    assert {opcode.name: int(opcode) for opcode in Opcode} == {
        "CONTINUATION": 0,
        "TEXT": 1,
        "BINARY": 2,
        "CLOSE": 8,
        "PING": 9,
        "PONG": 10,
    }
