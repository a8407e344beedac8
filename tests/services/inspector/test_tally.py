"""A count of the violations."""

from __future__ import annotations

from wstool.services.inspector import (
    Conversation,
    Direction,
    Event,
    EventKind,
    Fork,
    HandshakeHalf,
    Tally,
)
from wstool.wire.handshake import Request
from wstool.wire.reading import read_request
from wstool.wire.violations import close_unanswered

from support.frames import CLOSE, PING, TEXT, frame
from support.inspecting import RECEIVED, Recorder


def test_count():
    """The first violation of each rule is kept, and how many there are."""
    tally = Tally()
    conversation = Conversation(tally, None)

    conversation.feed(RECEIVED, frame(PING) + frame(PING, rsv=1) * 2, None)
    conversation.feed(RECEIVED, frame(CLOSE, b"\x03") + frame(TEXT, b"\xff")[:-1], None)
    conversation.finish()

    assert [(item.violation.rule, item.place, item.times) for item in tally.broken] == [
        ("rsv_not_negotiated", "#2", 2),
        ("close_payload_too_short", "#4", 1),
        ("data_after_close", "#5", 1),
    ]
    assert (tally.count, tally.frames) == (4, 5)


def test_other_places():
    """The handshake and the end of a connection have violations too."""
    tally = Tally()
    request = Request("/", [])
    owed = close_unanswered(1)

    tally.handshake_found(HandshakeHalf(Direction.SENT, request, read_request(request)))
    tally.event_found(Event(EventKind.NOTE, "nothing wrong"))
    tally.event_found(Event(EventKind.OWED, owed.text, 1, violation=owed))

    places = [(item.violation.rule, item.place) for item in tally.broken]
    assert places == [
        ("handshake_header_wrong", "the handshake"),
        ("close_unanswered", "the end"),
    ]


def test_fork():
    """Several reports get the same findings."""
    first, second = Recorder(), Recorder()
    fork = Fork(first, second)
    conversation = Conversation(fork, None)

    conversation.feed(RECEIVED, frame(PING) + b"\x81", None)
    conversation.finish()
    fork.handshake_found(HandshakeHalf(Direction.SENT, Request("/", [])))
    fork.event_found(Event(EventKind.NOTE, "so"))

    assert len(first.findings) == 4
    assert first.findings == second.findings
