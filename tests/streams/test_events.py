"""Messages as JSONL events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.events import Event, EventInvalid, convert_events, parse_event
from wstool.streams.jsonl import render_event
from wstool.streams.splitters import Converted, Fault
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE


@pytest.mark.parametrize(
    ("line", "event"),
    [
        pytest.param('{"data": "hé"}', (TEXT, "hé".encode()), id="data"),
        pytest.param('{"data": ""}', (TEXT, b""), id="data-empty"),
        pytest.param('{"base64": "/w=="}', (BINARY, b"\xff"), id="base64"),
        pytest.param('{"type": "text", "data": "a"}', (TEXT, b"a"), id="text"),
        pytest.param(
            '{"type": "text", "base64": "aGk="}', (TEXT, b"hi"), id="text-base64"
        ),
        pytest.param(
            '{"type": "binary", "data": "é"}', (BINARY, b"\xc3\xa9"), id="binary-data"
        ),
        pytest.param('{"type": "ping"}', (PING, b""), id="ping"),
        pytest.param('{"type": "ping", "data": "p"}', (PING, b"p"), id="ping-data"),
        pytest.param(
            '{"type": "pong", "base64": "/w=="}', (PONG, b"\xff"), id="pong-base64"
        ),
        pytest.param(
            json.dumps({"type": "ping", "data": "x" * 125}),
            (PING, b"x" * 125),
            id="ping-longest",
        ),
        pytest.param('{"type": "close"}', (CLOSE, b""), id="close"),
        pytest.param(
            '{"type": "close", "code": 1000}', (CLOSE, b"\x03\xe8"), id="close-code"
        ),
        pytest.param(
            '{"type": "close", "code": 4999, "reason": "bye"}',
            (CLOSE, b"\x13\x87bye"),
            id="close-reason",
        ),
        pytest.param(
            '{"type": "close", "reason": ""}', (CLOSE, b""), id="close-empty-reason"
        ),
        pytest.param(
            json.dumps({"type": "close", "code": 1001, "reason": "x" * 123}),
            (CLOSE, b"\x03\xe9" + b"x" * 123),
            id="close-longest-reason",
        ),
        pytest.param(
            '{"time": 1, "direction": "sent", "x": [], "data": "a"}',
            (TEXT, b"a"),
            id="other-keys",
        ),
        pytest.param(
            '{"type": null, "base64": null, "data": "a"}', (TEXT, b"a"), id="null"
        ),
        pytest.param('{"data": "\\ud83d\\ude00"}', (TEXT, "😀".encode()), id="pair"),
        pytest.param(' \t{"data":"a"} \r', (TEXT, b"a"), id="whitespace-around"),
        pytest.param("", None, id="blank"),
        pytest.param(" \t\r", None, id="blank-whitespace"),
        pytest.param('{"direction": "received", "data": "a"}', None, id="received"),
        pytest.param('{"type": "open", "url": "ws://a/"}', None, id="open"),
        pytest.param('{"type": "error", "error": "x"}', None, id="error"),
        pytest.param(
            '{"direction": "received", "type": "close", "code": 1006}',
            None,
            id="received-close",
        ),
    ],
)
def test_parse_event(line, event):
    """An event says what to send; received ones, opens and errors say nothing."""
    assert parse_event(line.encode()) == (event and Event(*event))


@pytest.mark.parametrize(
    ("line", "offset", "problem"),
    [
        pytest.param(b'"a"', 0, 'not a JSON object: "a"', id="string"),
        pytest.param(b"1", 0, "not a JSON object: 1", id="number"),
        pytest.param(b"[]", 0, "not a JSON object: []", id="array"),
        pytest.param(b"null", 0, "not a JSON object: null", id="null"),
        pytest.param(
            b'"' + b"x" * 50 + b'"',
            0,
            f'not a JSON object: "{"x" * 36}...',
            id="long-string",
        ),
        pytest.param(b"hello", 0, "not JSON: expecting value", id="not-json"),
        pytest.param(
            '{"é": ?}'.encode(), 7, "not JSON: expecting value", id="byte-offset"
        ),
        pytest.param(b'{"data":"a"} x', 13, "not JSON: extra data", id="extra"),
        pytest.param(b'{"data": "a\xff"}', 11, "text isn't valid UTF-8", id="not-utf8"),
        pytest.param(
            b"[" * 100_000, 0, "not JSON that can be read: number or depth", id="deep"
        ),
        pytest.param(
            b"9" * 5000, 0, "not JSON that can be read: number or depth", id="huge"
        ),
        pytest.param(
            b"{}", 0, "an event without type needs data or base64", id="empty"
        ),
        pytest.param(
            b'{"data": "", "base64": ""}',
            0,
            "an event without type needs data or base64",
            id="both-without-type",
        ),
        pytest.param(
            b'{"type": "text", "data": "", "base64": ""}',
            0,
            "text event has both data and base64",
            id="both",
        ),
        pytest.param(
            b'{"type": "binary"}', 0, "binary event needs data or base64", id="neither"
        ),
        pytest.param(b'{"type": "x"}', 0, 'unknown event type: "x"', id="type"),
        pytest.param(b'{"type": 1}', 0, "unknown event type: 1", id="type-number"),
        pytest.param(b'{"type": []}', 0, "unknown event type: []", id="type-array"),
        pytest.param(
            b'{"direction": "up", "data": ""}',
            0,
            'direction isn\'t sent or received: "up"',
            id="direction",
        ),
        pytest.param(b'{"data": 1}', 0, "data isn't a string: 1", id="data-number"),
        pytest.param(
            b'{"base64": 1}', 0, "base64 isn't a string: 1", id="base64-number"
        ),
        pytest.param(
            b'{"base64": "a"}',
            0,
            "invalid base64: invalid base64-encoded string: number of data characters "
            "(1) cannot be 1 more than a multiple of 4",
            id="base64-length",
        ),
        pytest.param(
            '{"base64": "é"}'.encode(),
            0,
            "invalid base64: only base64 data is allowed",
            id="base64-alphabet",
        ),
        pytest.param(
            b'{"base64": "\\ud800"}',
            0,
            "base64 holds a lone surrogate",
            id="base64-surrogate",
        ),
        pytest.param(
            b'{"type": "text", "base64": "/w=="}',
            0,
            "base64 of a text event isn't valid UTF-8",
            id="base64-text",
        ),
        pytest.param(
            b'{"data": "\\ud800"}', 0, "data holds a lone surrogate", id="surrogate"
        ),
        pytest.param(
            json.dumps({"type": "ping", "data": "x" * 126}).encode(),
            0,
            "ping payload has 126 bytes, more than 125",
            id="ping-too-long",
        ),
        pytest.param(
            b'{"type": "close", "code": 1005}',
            0,
            "close code 1005 must not be sent",
            id="code-1005",
        ),
        pytest.param(
            b'{"type": "close", "code": 999}',
            0,
            "close code 999 must not be sent",
            id="code-999",
        ),
        pytest.param(
            b'{"type": "close", "code": 5000}',
            0,
            "close code 5000 must not be sent",
            id="code-5000",
        ),
        pytest.param(
            b'{"type": "close", "code": "1000"}',
            0,
            'code isn\'t a whole number: "1000"',
            id="code-string",
        ),
        pytest.param(
            b'{"type": "close", "code": true}',
            0,
            "code isn't a whole number: true",
            id="code-boolean",
        ),
        pytest.param(
            b'{"type": "close", "reason": "x"}',
            0,
            "a close reason needs a close code",
            id="reason-alone",
        ),
        pytest.param(
            b'{"type": "close", "code": 1000, "reason": 1}',
            0,
            "reason isn't a string: 1",
            id="reason-number",
        ),
        pytest.param(
            b'{"type": "close", "code": 1000, "reason": "\\udfff"}',
            0,
            "reason holds a lone surrogate",
            id="reason-surrogate",
        ),
        pytest.param(
            json.dumps({"type": "close", "code": 1000, "reason": "é" * 62}).encode(),
            0,
            "close reason has 124 bytes, more than 123",
            id="reason-too-long",
        ),
    ],
)
def test_parse_event_refuses(line, offset, problem):
    """A line that isn't an event is refused, with the offset where that is known."""
    with pytest.raises(EventInvalid) as caught:
        parse_event(line)

    assert (caught.value.offset, str(caught.value)) == (offset, problem)


@given(line=st.binary(max_size=40) | st.text(alphabet='{}[]":,\\ud8typeaxcol01 '))
def test_parse_event_any_line(line):
    """Any line at all is an event, not to be sent, or refused."""
    line = line if isinstance(line, bytes) else line.encode()
    try:
        event = parse_event(line)
    except EventInvalid as error:
        assert 0 <= error.offset <= len(line)
    else:
        assert event is None or isinstance(event, Event)


@given(payload=st.binary(max_size=20), kind=st.sampled_from(["binary", "ping", "pong"]))
def test_transcripts_can_be_replayed(payload, kind):
    """What is written as sent is what will be sent."""
    line = render_event(time=0, direction="sent", type=kind, payload=payload)

    event = parse_event(line.rstrip(b"\n"))

    assert event == Event(Opcode[kind.upper()], payload)


def test_convert_events():
    """Neighbours of a kind share a batch; order is kept; others leave no gap."""
    lines = [
        b'{"data": "a"}',
        b"",
        b'{"data": "b"}',
        b'{"type": "ping"}',
        b'{"type": "open"}',
        b'{"data": "c"}',
        b"?",
        b'{"data": "d"}',
    ]

    assert convert_events(lines, known_ascii=True) == Converted(
        [
            Batch(Opcode.TEXT, [b"a", b"b"]),
            Batch(Opcode.PING, [b""]),
            Batch(Opcode.TEXT, [b"c"]),
        ],
        Fault(6, 0, "not JSON: expecting value"),
    )
