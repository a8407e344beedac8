"""Which findings are shown."""

from __future__ import annotations

import pytest

from wstool.services.inspector import (
    Chooser,
    Conversation,
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    Remainder,
    parse_frame_filter,
)
from wstool.services.inspector.choosing import FIELDS
from wstool.wire.deflate import DeflateParams
from wstool.wire.handshake import Request

from support.frames import CLOSE, PING, PONG, TEXT, close_frame, frame
from support.inspecting import COMPRESSED, KEY, RECEIVED, SENT, Recorder


def choose(expression=None, **options):
    """Inspect some frames; give the numbers of those that are chosen."""
    matches = None if expression is None else parse_frame_filter(expression)
    recorder = Recorder()
    conversation = Conversation(
        Chooser(recorder, matches=matches, **options), DeflateParams(), connection=2
    )
    conversation.feed(RECEIVED, frame(PING, b"a"), 1.0)
    conversation.feed(SENT, frame(PONG, b"a", masking_key=KEY), 1.5)
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED, rsv=0b100), 2.0)
    conversation.feed(RECEIVED, frame(TEXT, b"x" * 300), 3.0)
    conversation.feed(SENT, frame(0x3, masking_key=b"efgh"), 4.0)
    conversation.feed(RECEIVED, close_frame(1001, "bye"), 5.0)
    conversation.finish()
    return [item.number for item in recorder.items()]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("opcode == close or length > 100", [4, 6]),
        ("opcode == reserved", [5]),
        ("direction == sent", [2, 5]),
        ("masked", [2, 5]),
        ("key == 61626364", [2]),
        ("number >= 5", [5, 6]),
        ("connection == 2 and fin and not rsv1", [1, 2, 4, 5, 6]),
        ("rsv2 or rsv3", []),
        ("compressed", [3]),
        ("inflated == 5", [3]),
        ("text contains Hello", [3]),
        ("text matches '^x+$'", [4]),
        ("payload == 61", [1, 2]),
        ("code == 1001 and reason == bye", [6]),
        ("delay == 0.5", [2]),
        ("violations > 0", [5]),
        ("remarks > 0", []),
        ("rule contains reserved_opcode", [5]),
        ("message == 2 and fragment == 1", [4]),
        ("time < 1.2", [1]),
        ("offset == 0", [1, 2]),
    ],
)
def test_fields(expression, numbers):
    """Every field of a frame can choose."""
    assert choose(expression) == numbers


def test_all_fields_are_tested():
    """No field is missing in the table above."""
    table = test_fields.pytestmark[0].args[1]
    used = {word.strip("()") for text, _ in table for word in text.split()}

    assert set(FIELDS) <= used


def test_direction_and_connection():
    """One direction, or one connection, can be chosen."""
    assert choose(direction=Direction.SENT) == [2, 5]
    assert choose(connection=2) == [1, 2, 3, 4, 5, 6]
    assert choose(connection=1) == []


def test_other_findings():
    """With a filter, only connections and notes are shown beside the frames."""
    findings = [
        HandshakeHalf(SENT, Request("/", [])),
        Event(EventKind.CONNECTION, "a > b", 1),
        Event(EventKind.GAP, "gap", 1, RECEIVED),
        Event(EventKind.NOTE, "note"),
        Remainder(RECEIVED),
    ]

    assert hand_on(findings) == findings
    assert hand_on(findings, matches=bool) == [findings[1], findings[3]]
    assert hand_on(findings, direction=SENT) == [*findings[:2], findings[3]]
    assert hand_on(findings, connection=2) == [findings[3]]


def hand_on(findings, **options):
    """Hand findings on; give those that are chosen."""
    recorder = Recorder()
    chooser = Chooser(recorder, **options)
    for item in findings:
        if isinstance(item, HandshakeHalf):
            chooser.handshake_found(item)
        elif isinstance(item, Event):
            chooser.event_found(item)
        else:
            chooser.remainder_found(item)
    return recorder.findings


def test_close_is_a_word():
    """Opcodes are chosen by their names."""
    assert FIELDS["opcode"] >= {"close", "continuation"}
    assert CLOSE == 0x8
