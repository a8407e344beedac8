"""Opcodes (RFC 6455, sections 5.2 and 11.8)."""

from __future__ import annotations

import enum


__all__ = ["Opcode", "is_control", "is_reserved", "opcode_name"]


class Opcode(enum.IntEnum):
    """The opcodes that RFC 6455 defines."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


def is_control(opcode: int) -> bool:
    """Tell whether an opcode is a control frame's, reserved ones included (5.5)."""
    return opcode >= 0x8


def is_reserved(opcode: int) -> bool:
    """Tell whether an opcode has no meaning yet (5.2)."""
    return opcode not in _NAMES


def opcode_name(opcode: int) -> str:
    """Name an opcode for a person: ``text``, ``ping``, ``reserved 0x3``."""
    return _NAMES.get(opcode) or f"reserved 0x{opcode:x}"


_NAMES = {int(opcode): opcode.name.lower() for opcode in Opcode}
