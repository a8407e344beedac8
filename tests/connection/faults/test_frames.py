"""What a fault makes of one message."""

from __future__ import annotations

from random import Random

import pytest

from wstool.connection.faults.frames import (
    ALTERATIONS,
    make_frame,
    make_oversize_ping,
)
from wstool.wire.dissector import Dissector

from support.frames import BINARY, CONTINUATION, TEXT, decode_frames, frame


def alter(name, value=0, payload=b"hello", opcode=TEXT):
    """Give the bytes that a fault makes of a message."""
    frames = ALTERATIONS[name]([make_frame(opcode, payload)], value, Random(1))
    return b"".join(frame.serialize() for frame in frames)


def find_violations(data):
    """Name the violations that a client finds."""
    frames = Dissector(masked=False).feed(data)
    return [violation.rule for frame in frames for violation in frame.violations]


@pytest.mark.parametrize(
    ("name", "value", "rules"),
    [
        ("bad-utf8", 0, ["text_invalid"]),
        ("masked", 0, ["mask_unexpected"]),
        ("rsv", 1, ["rsv_not_negotiated"]),
        ("rsv", 2, ["rsv_not_negotiated"]),
        ("rsv", 3, ["rsv_not_negotiated"]),
        ("bad-opcode", 3, ["reserved_opcode"]),
        ("long-length", 0, ["length_not_minimal"]),
        ("fragment", 2, []),
        ("split-utf8", 0, []),
    ],
)
def test_violations(name, value, rules):
    """A fault breaks the rule that it is for, and no other one."""
    assert find_violations(alter(name, value, "zwölf".encode())) == rules


def test_oversize_ping():
    """A control frame with 126 bytes breaks the rule for control frames."""
    assert find_violations(make_oversize_ping().serialize()) == ["control_too_long"]


def test_fragment():
    """Fragments have the size asked for, and together they are the message."""
    data = alter("fragment", 2)
    assert data == b"".join(
        (
            frame(TEXT, b"he", fin=False),
            frame(CONTINUATION, b"ll", fin=False),
            frame(CONTINUATION, b"o"),
        )
    )


def test_split_utf8():
    """A text falls into two fragments inside of a character."""
    data = alter("split-utf8", payload="aé".encode())
    assert decode_frames(data)[0] == [(TEXT, b"a\xc3"), (0x80, b"\xa9")]


def test_bad_utf8_of_nothing():
    """Even an empty text becomes one that isn't UTF-8."""
    assert find_violations(alter("bad-utf8", payload=b"")) == ["text_invalid"]


@pytest.mark.parametrize(
    ("name", "payload", "opcode"),
    [
        pytest.param("split-utf8", b"ascii", TEXT, id="split-ascii"),
        pytest.param("split-utf8", b"\xc3\xa9", BINARY, id="split-binary"),
        pytest.param("bad-utf8", b"ab", BINARY, id="bad-binary"),
        pytest.param("fragment", b"a", TEXT, id="too-short-for-fragments"),
    ],
)
def test_nothing_to_alter(name, payload, opcode):
    """A message that a fault can't break stays as it is."""
    assert alter(name, 1, payload, opcode) == frame(opcode, payload)


def test_masked_payload():
    """A masked frame carries the same payload, for who unmasks it."""
    assert decode_frames(alter("masked"))[0] == [(0x80 | TEXT, b"hello")]
