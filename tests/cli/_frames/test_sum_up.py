"""What is wrong with the frames, summed up."""

from __future__ import annotations

from wstool.cli._frames.sum_up import count_wrong, describe_place, sum_up
from wstool.services.inspector import (
    Conversation,
    Event,
    EventKind,
    HandshakeHalf,
    Place,
    Tally,
)

from support.frames import PONG, TEXT, close_frame, frame
from support.inspecting import KEY, RECEIVED, SENT, respond


def tell(*events, runs=(), connection=1):
    """Sum up what is found."""
    tally = Tally()
    conversation = Conversation(tally, None, connection=connection)
    for direction, data in runs:
        conversation.feed(direction, data, None)
    conversation.finish()
    for event in events:
        tally.event_found(event)
    return sum_up(tally)


def end(text, connection=1):
    """Make an event that a sum-up must have."""
    return Event(EventKind.END, text, connection, notable=True)


def test_nothing():
    """Where nothing is wrong there is nothing to sum up."""
    assert tell(runs=[(RECEIVED, frame(TEXT, b"a") + close_frame(1000))]) == ""


def test_violations_come_first():
    """Violations come before remarks, and both before what else is strange."""
    runs = [
        (RECEIVED, frame(PONG, b"a") + frame(TEXT, b"a", rsv=1) * 2),
        (RECEIVED, close_frame(1011, "out of\x1b memory")),
    ]

    assert tell(end("the server reset TCP"), runs=runs) == (
        "\n"
        "2 violations and 1 remark in 4 frames:\n"
        "  ! at #2, 2 times: RSV3 set, which no negotiated extension allows\n"
        "      (RFC 6455, 5.2)\n"
        "  ? at #1: pong answers no ping (RFC 6455, 5.5.3)\n"
        "  - at #4: the server closed with 1011 (internal error) out of\\x1b memory\n"
        "  - at the end: the server reset TCP\n"
        "\n"
    )


def test_no_violation():
    """Without a violation it says so, and what is strange."""
    note = Event(EventKind.NOTE, "the capture ends inside a packet", notable=True)

    assert tell(end("the server ended the connection"), note) == (
        "\n"
        "no violation in 0 frames, but:\n"
        "  - at the end: the server ended the connection\n"
        "  - the capture ends inside a packet\n"
        "\n"
    )


def test_several_connections():
    """Of several connections it says at the end of which one, and how often."""
    lost = [end("the server reset TCP", number) for number in (2, 3)]

    assert "  - at the end of connection 2, 2 times: the server reset TCP\n" in tell(
        *lost, runs=[(SENT, frame(TEXT, b"a", masking_key=KEY))], connection=3
    )


def test_cut_off():
    """What is missing at the end is named with its offset."""
    runs = [(RECEIVED, frame(TEXT, b"abc")[:3])]

    assert "at the end: 3 bytes left at offset 0, 2 bytes of the frame" in tell(
        runs=runs
    )
    assert "text message 1 has no final fragment" in tell(
        runs=[(RECEIVED, frame(TEXT, fin=False))]
    )


def test_refused():
    """A handshake that was refused is named with its status."""
    tally = Tally()
    tally.handshake_found(HandshakeHalf(RECEIVED, respond(status=503)))

    assert "at the handshake: the server refused with HTTP 503\n" in sum_up(tally)


def test_place():
    """A frame's number says enough; what is at none needs its connection."""
    tally = Tally()
    tally.connections = 2

    assert describe_place(Place(7, 2), tally) == "#7"
    assert describe_place(Place(None, 2, "the end"), tally) == (
        "the end of connection 2"
    )
    assert describe_place(Place(None, None, ""), tally) == ""


def test_count():
    """Only what there is is counted."""
    assert count_wrong(1, 0) == "1 violation"
    assert count_wrong(0, 2) == "2 remarks"
    assert count_wrong(2, 1) == "2 violations and 1 remark"
    assert count_wrong(0, 0) == ""
