"""Recorded messages and frames."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import Event, HandshakeHalf
from wstool.services.inspector.recorded import HarInspector, LinesInspector, is_line

from support.frames import BINARY, CLOSE, PING, TEXT, frame
from support.inspecting import RECEIVED, SENT, Recorder
from support.rendering import JSONL, render


UNKNOWN = "messages without their frames: header bits and masking are unknown"


def read_lines(*lines):
    """Inspect lines; give what is found."""
    recorder = Recorder()
    inspector = LinesInspector(recorder)
    for line in lines:
        text = line if isinstance(line, str) else json.dumps(line)
        inspector.feed(text.encode() + b"\n")
    inspector.finish()
    return recorder


def read_har(har):
    """Inspect a HAR; give what is found."""
    recorder = Recorder()
    inspector = HarInspector(recorder)
    text = har if isinstance(har, bytes) else json.dumps(har).encode()
    inspector.feed(text[:9])
    inspector.feed(text[9:])
    inspector.finish()
    return recorder


def texts(recorder):
    """Give the texts of events."""
    return [item.text for item in recorder.findings if isinstance(item, Event)]


def shorten(recorder):
    """Give direction, opcode and payload of each frame."""
    return [
        (item.direction, item.frame.header.opcode, item.frame.payload)
        for item in recorder.items()
    ]


def test_transcript():
    """Messages and control frames of a transcript are shown, and what they lack."""
    recorder = read_lines(
        {"time": "2026-01-01T00:00:00Z", "direction": "sent", "type": "open"},
        {
            "time": "2026-01-01T00:00:01Z",
            "direction": "sent",
            "type": "text",
            "data": "ö",
        },
        {"direction": "received", "type": "binary", "base64": "AAE="},
        {"direction": "received", "type": "ping", "data": ""},
        {"direction": "received", "type": "close", "code": 1000, "reason": "bye"},
        {"type": "error", "error": "connection_lost"},
        "",
    )

    assert shorten(recorder) == [
        (SENT, TEXT, "ö".encode()),
        (RECEIVED, BINARY, b"\0\1"),
        (RECEIVED, PING, b""),
        (RECEIVED, CLOSE, b"\x03\xe8bye"),
    ]
    assert recorder.items()[0].time == 1767225601.0
    assert recorder.rules() == [[], [], [], []]
    assert texts(recorder) == [UNKNOWN]


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([frame(TEXT, b"a", masking_key=b"abcd")], id="masked"),
        pytest.param([b"\x81\x7e\0\1a\x8a\x7f" + bytes(8)], id="spellings"),
        pytest.param([frame(TEXT, b"a", rsv=0b010) + b"\x81\x05He"], id="cut-off"),
        pytest.param([frame(PING, b"x") + b"\x81"], id="half-a-header"),
    ],
)
def test_own_lines(runs):
    """Lines of inspect hold every bit, so that they come out as they went in."""
    text = render(*runs, format=JSONL)
    lines = text.splitlines()

    recorder = read_lines(*lines)

    found = b"".join(
        item.frame.raw_header + item.frame.raw_payload for item in recorder.items()
    )
    left = [item.leftover for item in recorder.findings if hasattr(item, "leftover")]
    headless = [item.data for item in left if item.frame is None]
    assert found + b"".join(headless) == b"".join(runs)


def test_own_handshake():
    """A handshake of inspect's lines is read again, with what it agrees on."""
    recorder = read_lines(
        {"direction": "sent", "type": "request", "resource_name": "/x", "headers": []},
        {
            "direction": "received",
            "type": "response",
            "status": 101,
            "headers": [["Sec-WebSocket-Extensions", "permessage-deflate"]],
        },
        {
            "direction": "received",
            "type": "text",
            "header": "c107",
            "payload": "f248cdc9c90700",
        },
    )

    halves = [item for item in recorder.findings if isinstance(item, HandshakeHalf)]
    assert halves[0].message.resource_name == "/x"
    (item,) = recorder.items()
    assert (item.frame.inflated.data, item.compression_assumed) == (b"Hello", False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("{", "Expecting property name", id="no-json"),
        pytest.param("[1]", "no JSON object", id="no-object"),
        pytest.param({"connection": "a", "type": "x"}, "connection is no number"),
        pytest.param(
            {"direction": "sent", "type": "text", "header": "8"}, "non-hexadecimal"
        ),
        pytest.param(
            {
                "direction": "sent",
                "type": "text",
                "header": "8180",
                "masking_key": "00",
            },
            "masking_key is not 4 bytes",
        ),
        pytest.param(
            {"direction": "sent", "type": "close", "code": 70000}, "code 70000"
        ),
        pytest.param({"type": "response", "headers": []}, "'status' is missing"),
        pytest.param({"type": "request", "headers": {}}, "headers are no list"),
        pytest.param("[" * 100_000, "maximum recursion depth", id="deep"),
    ],
)
def test_bad_lines(line, problem):
    """A line that can't be read is passed over, and said so."""
    recorder = read_lines(line, {"direction": "sent", "type": "ping"})

    assert texts(recorder)[0].startswith(f"line 1 is passed over: {problem}")
    assert len(recorder.items()) == 1


def test_har():
    """Messages of a HAR are shown, with their handshake."""
    har = {
        "log": {
            "entries": [
                {"request": {"url": "http://a/"}},
                {
                    "startedDateTime": "2026-01-01T00:00:00.000Z",
                    "request": {
                        "method": "GET",
                        "url": "wss://example.com/chat?x=1",
                        "httpVersion": "http/1.1",
                        "headers": [{"name": "Upgrade", "value": "websocket"}],
                    },
                    "response": {"status": 101, "statusText": "OK", "headers": []},
                    "_webSocketMessages": [
                        {"type": "send", "time": 5.5, "opcode": 1, "data": "hi"},
                        {"type": "receive", "time": 6, "opcode": 2, "data": "AAE="},
                        {"type": "error", "time": 7, "opcode": -1, "data": "x"},
                    ],
                },
            ]
        }
    }

    recorder = read_har(har)

    assert texts(recorder) == ["wss://example.com/chat?x=1", UNKNOWN]
    request = recorder.findings[1].message
    assert (request.resource_name, request.version) == ("/chat?x=1", "HTTP/1.1")
    assert shorten(recorder) == [(SENT, TEXT, b"hi"), (RECEIVED, BINARY, b"\0\1")]
    assert [item.time for item in recorder.items()] == [5.5, 6]


@pytest.mark.parametrize(
    ("har", "told"),
    [
        pytest.param({"log": {"entries": []}}, "the HAR holds no WebSocket messages"),
        pytest.param({}, "the JSON is no HAR that can be read: 'log' is missing"),
        pytest.param(b"{", "the JSON is no HAR that can be read: Expecting property"),
        pytest.param(
            {"log": {"entries": [{"_webSocketMessages": []}]}},
            "the JSON is no HAR that can be read: 'request' is missing",
        ),
        pytest.param({"log": []}, "the JSON is no HAR that can be read: list indices"),
    ],
)
def test_bad_har(har, told):
    """What is no HAR with messages is told."""
    assert texts(read_har(har))[0].startswith(told)


def test_is_line():
    """A recording's lines are told from other JSON."""
    assert is_line(b'{"type": "text"}')
    assert not is_line(b'{"log": {}}')
    assert not is_line(b"{")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
names = ("type", "direction", "header", "payload", "data", "base64", "code", "headers")


@given(
    st.dictionaries(
        st.sampled_from((*names, "status", "time", "connection", "masking_key")),
        st.one_of(
            values, st.sampled_from(("sent", "text", "close", "request", "left"))
        ),
    )
)
def test_any_line(fields):
    """Any JSON at all is read, or passed over."""
    read_lines(fields)


@given(
    st.dictionaries(
        st.sampled_from(("request", "response", "_webSocketMessages", "url")), values
    )
)
def test_any_har(entry):
    """Any entry at all is read, or told to be none."""
    read_har({"log": {"entries": [entry]}})
