"""Recorded messages and frames."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import (
    Conversation,
    Event,
    EventKind,
    Fork,
    HandshakeHalf,
)
from wstool.services.inspector.captured import CaptureInspector
from wstool.services.inspector.recorded import LinesInspector, is_line

from support.captures import Talk, pcap
from support.frames import BINARY, CLOSE, PING, TEXT, close_frame, frame
from support.inspecting import (
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)
from support.json_values import json_values
from support.rendering import JSONL, render, render_into


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

    assert recorder.contents() == [
        (SENT, TEXT, "ö".encode()),
        (RECEIVED, BINARY, b"\0\1"),
        (RECEIVED, PING, b""),
        (RECEIVED, CLOSE, b"\x03\xe8bye"),
    ]
    assert recorder.items()[0].time == 1767225601.0
    assert recorder.rules() == [[], [], [], []]
    assert recorder.texts() == [UNKNOWN, "connection_lost"]


def test_errors_of_transcripts():
    """The error that ended a connection is told, as what a sum-up must have."""
    recorder = read_lines(
        {"direction": "received", "type": "text", "data": "a"},
        {
            "time": "1970-01-01T00:00:02Z",
            "type": "error",
            "error": "connection_lost",
            "message": "connection lost",
        },
    )

    assert recorder.findings[-1] == Event(
        EventKind.END, "connection lost", 1, time=2.0, notable=True
    )


@pytest.mark.parametrize(
    ("lost", "kinds"),
    [(0, ["connection", "owed", "reset"]), (30, ["connection", "gap", "reset"])],
)
def test_own_events(lost, kinds):
    """What inspect told beside the frames is told again, where it was."""
    frames = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    frames.receive(close_frame(1000)).lose(False, lost)
    frames.receive(frame(TEXT, b"abc")[:3]).end(reset=True)
    output = []
    report = render_into(output, format=JSONL)
    first = Recorder()
    inspector = CaptureInspector(Fork(report, first))
    inspector.feed(pcap(*frames.packets))
    inspector.finish()

    again = read_lines(*"".join(output).splitlines())

    events = [item for item in first.findings if isinstance(item, Event)]
    assert [event.kind.value for event in events] == kinds
    assert [item for item in again.findings if isinstance(item, Event)] == events
    assert len(again.items()) == len(first.items())
    if not lost:
        assert again.findings == first.findings


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

    assert recorder.texts()[0].startswith(f"line 1 is passed over: {problem}")
    assert len(recorder.items()) == 1


def test_is_line():
    """A recording's lines are told from other JSON."""
    assert is_line(b'{"type": "text"}')
    assert not is_line(b'{"log": {}}')
    assert not is_line(b"{")


names = ("type", "direction", "header", "payload", "data", "base64", "code", "headers")


@given(
    st.dictionaries(
        st.sampled_from((*names, "status", "time", "connection", "masking_key")),
        st.one_of(
            json_values(), st.sampled_from(("sent", "text", "close", "request", "left"))
        ),
    )
)
def test_any_line(fields):
    """Any JSON at all is read, or passed over."""
    read_lines(fields)


def test_frame_that_was_not_kept():
    """A frame of which only the beginning was kept takes none of the next one's."""
    data = frame(BINARY, bytes(200)) + frame(TEXT, b"hi")
    lines = []
    report = render_into(lines, format=JSONL)
    conversation = Conversation(report, None, max_kept=125)
    conversation.feed(RECEIVED, data, None)

    first, second = map(json.loads, "".join(lines).splitlines())
    assert (first["length"], first["unkept"]) == (200, 75)
    assert len(bytes.fromhex(first["payload"])) == 125
    assert "unkept" not in second
    assert read_lines("".join(lines)).contents()[-1] == (RECEIVED, TEXT, b"hi")


@pytest.mark.parametrize("unkept", [-1, "x", 1.5])
def test_unkept_that_is_no_number(unkept):
    """A frame that says nonsense of what was kept is passed over."""
    line = {"direction": "sent", "type": "ping", "header": "8900", "unkept": unkept}

    assert read_lines(line).texts() == [
        "line 1 is passed over: unkept is no number of bytes"
    ]
