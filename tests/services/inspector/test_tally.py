"""A count of the violations."""

from __future__ import annotations

from wstool.services.inspector import (
    Closed,
    Conversation,
    Direction,
    Event,
    EventKind,
    Fork,
    HandshakeHalf,
    Place,
    Strange,
    Tally,
)
from wstool.wire.handshake import Request
from wstool.wire.reading import read_request
from wstool.wire.violations import close_unanswered

from support.frames import CLOSE, PING, PONG, TEXT, close_frame, frame
from support.inspecting import KEY, RECEIVED, SENT, Recorder


def test_count():
    """The first violation of each rule is kept, and how many there are."""
    tally = Tally()
    conversation = Conversation(tally, None)

    conversation.feed(RECEIVED, frame(PING) + frame(PING, rsv=1) * 2, None)
    conversation.feed(RECEIVED, frame(CLOSE, b"\x03") + frame(TEXT, b"\xff")[:-1], None)
    conversation.finish()

    assert [
        (item.violation.rule, item.place.frame, item.times) for item in tally.broken
    ] == [
        ("rsv_not_negotiated", 2, 2),
        ("close_payload_too_short", 4, 1),
        ("data_after_close", 5, 1),
    ]
    assert (tally.remarks, tally.frames) == ([], 5)


def test_remarks():
    """What is legal is counted apart."""
    tally = Tally()

    Conversation(tally, None).feed(RECEIVED, frame(PONG) * 2, None)

    assert tally.broken == []
    assert [(item.violation.rule, item.times) for item in tally.remarks] == [
        ("pong_unsolicited", 2)
    ]
    assert not tally.only_at_end


def test_closing():
    """The close frame that says why is kept, not the one that answers it."""
    tally = Tally()
    conversation = Conversation(tally, None)

    conversation.feed(RECEIVED, close_frame(1011), None)
    conversation.feed(SENT, frame(CLOSE, b"\x03\xf3", masking_key=KEY), None)
    Conversation(tally, None, connection=2).feed(RECEIVED, close_frame(1001), None)

    closed = Closed(RECEIVED, "1011 (internal error)")
    assert tally.strange == [Strange(closed, Place(1, 1), 1)]
    assert tally.connections == 2


def test_strange_events():
    """Events are counted by what they tell, gaps whatever their sizes."""
    tally = Tally()
    for kind, text in (
        (EventKind.GAP, "3 bytes are missing"),
        (EventKind.GAP, "4 bytes are missing"),
        (EventKind.NOTE, "slow"),
        (EventKind.END, "lost"),
    ):
        tally.event_found(Event(kind, text, 1, notable=True))
    tally.event_found(Event(EventKind.END, "ended", 1))

    assert tally.strange == [
        Strange("3 bytes are missing", Place(None, 1, "the end"), 2),
        Strange("slow", Place(None, 1, "the handshake"), 1),
        Strange("lost", Place(None, 1, "the end"), 1),
    ]


def test_what_is_strange_is_bounded():
    """A file in which all is strange fills no memory."""
    tally = Tally()
    for number in range(1000):
        tally.event_found(Event(EventKind.NOTE, f"line {number}", notable=True))

    assert len(tally.strange) == 100
    assert tally.only_at_end


def test_other_places():
    """The handshake and the end of a connection have violations too."""
    tally = Tally()
    request = Request("/", [])
    owed = close_unanswered(1)

    tally.handshake_found(HandshakeHalf(Direction.SENT, request, read_request(request)))
    tally.event_found(Event(EventKind.NOTE, "nothing wrong"))
    tally.event_found(Event(EventKind.OWED, owed.text, 1, violation=owed))

    places = [(item.violation.rule, item.place.stage) for item in tally.broken]
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
