"""A connection from its first byte on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import Event, EventKind, HandshakeHalf, Remainder
from wstool.services.inspector.stream import Connections, StreamInspector

from support.frames import CLOSE, PING, TEXT, frame
from support.inspecting import (
    COMPRESSED,
    KEY,
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)


def watch(*steps, began=True, finish=True, ended=False):
    """Take bytes of both sides; give what is found in short."""
    recorder = Recorder()
    shared = Connections(recorder)
    inspector = StreamInspector(shared, ("c", "s"), began=began)
    for direction, data in steps:
        inspector.feed(direction, data, 1.0)
    if finish:
        inspector.finish(ended=ended, time=2.0)
    return [shorten(item) for item in recorder.findings]


def shorten(item):
    """Name a finding."""
    if isinstance(item, HandshakeHalf):
        return "request" if item.direction is SENT else item.message.status
    if isinstance(item, Event):
        return item.text
    if isinstance(item, Remainder):
        return "left"
    return item.direction, item.frame.header.opcode


HEAD = ["c > s", "request", 101]
MASKED = frame(TEXT, b"a", masking_key=KEY)

TABLE = {
    "handshake and frames": (
        [(SENT, REQUEST_HEAD), (RECEIVED, RESPONSE_HEAD + frame(PING)), (SENT, MASKED)],
        [*HEAD, (RECEIVED, PING), (SENT, TEXT)],
    ),
    "client ahead of the response": (
        [(SENT, REQUEST_HEAD + MASKED), (RECEIVED, RESPONSE_HEAD)],
        [*HEAD, (SENT, TEXT)],
    ),
    "early hints": (
        [
            (SENT, REQUEST_HEAD),
            (RECEIVED, b"HTTP/1.1 103 Early\r\n\r\n" + RESPONSE_HEAD),
        ],
        ["c > s", "request", 103, 101],
    ),
    "refusal": (
        [(SENT, REQUEST_HEAD), (RECEIVED, b"HTTP/1.1 403 No\r\n\r\nbody")],
        ["c > s", "request", 403],
    ),
    "page first": (
        [
            (SENT, b"GET / HTTP/1.1\r\n\r\n"),
            (RECEIVED, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
            (SENT, REQUEST_HEAD),
            (RECEIVED, RESPONSE_HEAD),
        ],
        HEAD,
    ),
    "no response": (
        [(SENT, REQUEST_HEAD), (SENT, MASKED)],
        ["c > s", "request", "the response isn't there", (SENT, TEXT)],
    ),
    "no request": (
        [(RECEIVED, RESPONSE_HEAD + frame(PING))],
        ["c > s", 101, (RECEIVED, PING)],
    ),
    "no HTTP in answer": (
        [(SENT, REQUEST_HEAD), (RECEIVED, b"SSH-2.0-x\r\n\r\n")],
        ["c > s", "request", "what the server sends is no HTTP response"],
    ),
    "something else": ([(SENT, b"\x16\x03\x01"), (RECEIVED, b"\x16\x03")], []),
    "only HTTP": (
        [(SENT, b"GET / HTTP/1.1\r\n\r\n"), (RECEIVED, b"HTTP/1.1 200 OK\r\n\r\n")],
        [],
    ),
    "malformed request": ([(SENT, b"GET\r\n\r\n")], []),
}


@pytest.mark.parametrize(("steps", "found"), TABLE.values(), ids=TABLE)
def test_connections(steps, found):
    """Handshakes are read and followed by frames; what is no WebSocket is not shown."""
    assert watch(*steps) == found


@pytest.mark.parametrize(("steps", "found"), TABLE.values(), ids=TABLE)
def test_byte_by_byte(steps, found):
    """It doesn't matter in what pieces the bytes come."""
    pieces = [(side, data[i : i + 1]) for side, data in steps for i in range(len(data))]

    assert watch(*pieces) == found


def test_endless_head():
    """A head that doesn't end is no head."""
    assert watch((SENT, REQUEST_HEAD[:-2] + b"X: " + b"x" * (1 << 16))) == []


def test_middle():
    """Frames are found in the middle of a connection."""
    found = watch(
        (RECEIVED, b"\xff" * 9 + frame(PING) + frame(TEXT, b"a")),
        (SENT, MASKED * 3),
        began=False,
    )

    assert found == [
        "c > s",
        "the beginning isn't there",
        (RECEIVED, PING),
        (RECEIVED, TEXT),
        (SENT, TEXT),
        (SENT, TEXT),
        (SENT, TEXT),
    ]


def test_handshake_in_the_middle():
    """An opening handshake shows wherever it comes."""
    found = watch((SENT, REQUEST_HEAD), (RECEIVED, RESPONSE_HEAD), began=False)

    assert found == HEAD


def test_noise_in_the_middle():
    """What holds no frames for long is something else."""
    steps = [(RECEIVED, b"\xff" * 5000)] * 3 + [(RECEIVED, frame(PING) * 3)]

    assert watch(*steps, began=False) == []


def test_negotiation():
    """What the handshake agrees on holds."""
    deflate = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    steps = (
        (SENT, REQUEST_HEAD[:-2] + deflate),
        (RECEIVED, RESPONSE_HEAD[:-2] + deflate),
        (RECEIVED, frame(TEXT, COMPRESSED, rsv=0b100)),
    )
    recorder = Recorder()
    inspector = StreamInspector(Connections(recorder), ("c", "s"))
    for direction, data in steps:
        inspector.feed(direction, data, None)

    (item,) = recorder.items()
    assert (item.frame.inflated.data, item.compression_assumed) == (b"Hello", False)


def test_gaps():
    """A gap before the frames loses the beginning, and one among them a frame."""
    recorder = Recorder()
    inspector = StreamInspector(Connections(recorder), ("c", "s"))
    inspector.feed(SENT, REQUEST_HEAD[:20], None)
    inspector.skip(SENT, 99, None)
    inspector.feed(SENT, MASKED * 2, None)
    inspector.skip(SENT, 9, None)
    inspector.feed(SENT, MASKED, None)
    inspector.finish()

    assert [shorten(item) for item in recorder.findings] == [
        "c > s",
        "the beginning isn't there",
        (SENT, TEXT),
        (SENT, TEXT),
        "9 bytes are missing from the capture",
        (SENT, TEXT),
    ]


def test_ending():
    """At the end of a connection, it is told what one side owes."""
    steps = [(SENT, REQUEST_HEAD), (RECEIVED, RESPONSE_HEAD + frame(CLOSE))]

    owed = (
        "close frame #1 was not answered before the connection ended;"
        " that was 1.0 s later"
    )
    assert watch(*steps, ended=True) == [*HEAD, (RECEIVED, CLOSE), owed]
    assert watch(*steps) == [*HEAD, (RECEIVED, CLOSE)]


def test_late_request():
    """A request that was captured behind its response is no frame."""
    steps = [(RECEIVED, RESPONSE_HEAD), (SENT, REQUEST_HEAD + MASKED)]
    found = ["c > s", 101, "request", (SENT, TEXT)]

    assert watch(*steps) == found
    pieces = [REQUEST_HEAD[:50], REQUEST_HEAD[50:], MASKED]
    assert watch(steps[0], *((SENT, piece) for piece in pieces)) == found


def test_late_frames():
    """Where the request isn't there, frames are frames; nothing is kept back."""
    assert watch((RECEIVED, RESPONSE_HEAD), (SENT, MASKED)) == [
        "c > s",
        101,
        (SENT, TEXT),
    ]
    half = watch((RECEIVED, RESPONSE_HEAD), (SENT, REQUEST_HEAD[:50]))
    assert half[-1] == "left"


def test_no_response():
    """A request that got no response is told of at the end."""
    recorder = Recorder()
    inspector = StreamInspector(Connections(recorder), ("c", "s"))
    inspector.feed(SENT, REQUEST_HEAD, 1.0)
    inspector.end(2.0, by=RECEIVED)

    assert recorder.findings[-1] == Event(
        EventKind.END,
        "the server ended the connection, without a response to the request",
        1,
        RECEIVED,
        time=2.0,
        notable=True,
    )


def test_telling():
    """What happens to a connection is told only if it is one of WebSocket."""
    recorder = Recorder()
    inspector = StreamInspector(Connections(recorder), ("c", "s"))
    inspector.tell(EventKind.END, "reset")
    inspector.feed(SENT, REQUEST_HEAD, None)
    inspector.tell(EventKind.END, "reset")

    assert [shorten(item) for item in recorder.findings] == [
        "c > s",
        "request",
        "reset",
    ]
    assert inspector.number == 1


@given(
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from([SENT, RECEIVED]),
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([REQUEST_HEAD, RESPONSE_HEAD, MASKED, frame(PING)]),
            ),
        )
    ),
)
def test_any_bytes(began, steps):
    """Any bytes at all are taken."""
    watch(*steps, began=began, ended=True)
