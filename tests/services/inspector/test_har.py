"""The WebSocket messages of a HAR file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector.har import HarInspector

from support.frames import BINARY, TEXT
from support.inspecting import RECEIVED, SENT, Recorder
from support.json_values import json_values


UNKNOWN = "messages without their frames: header bits and masking are unknown"


def read_har(har):
    """Inspect a HAR; give what is found."""
    recorder = Recorder()
    inspector = HarInspector(recorder)
    text = har if isinstance(har, bytes) else json.dumps(har).encode()
    inspector.feed(text[:9])
    inspector.feed(text[9:])
    inspector.finish()
    return recorder


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

    assert recorder.texts() == [
        "wss://example.com/chat?x=1",
        UNKNOWN,
        "the browser's error: x",
    ]
    request = recorder.findings[1].message
    assert (request.resource_name, request.version) == ("/chat?x=1", "HTTP/1.1")
    assert recorder.contents() == [(SENT, TEXT, b"hi"), (RECEIVED, BINARY, b"\0\1")]
    assert [item.time for item in recorder.items()] == [5.5, 6]


@pytest.mark.parametrize(
    ("har", "told"),
    [
        pytest.param({"log": {"entries": []}}, "the HAR holds no WebSocket messages"),
        pytest.param({}, "the JSON is no HAR that can be read: 'log' is missing"),
        pytest.param(b"{", "the HAR is cut off, or is no JSON from some place on"),
        pytest.param(b"}", "the JSON is no HAR that can be read: expecting value at"),
        pytest.param({"log": []}, "the JSON is no HAR that can be read: list indices"),
    ],
)
def test_bad_har(har, told):
    """What is no HAR with messages is told."""
    assert read_har(har).texts()[0].startswith(told)


def test_any_order_and_errors():
    """An entry may lack its handshake; what the browser says of errors is told."""
    messages = [
        {"type": "send", "time": 5.5, "opcode": 1, "data": "hi"},
        {"type": "error", "time": 7, "opcode": -1, "data": "bad frame"},
    ]

    recorder = read_har({"log": {"entries": [{"_webSocketMessages": messages}]}})

    assert recorder.contents() == [(SENT, TEXT, b"hi")]
    assert recorder.texts()[-1] == "the browser's error: bad frame"


def test_cut_off_at_every_byte():
    """A file that is cut off shows all messages that are whole."""
    messages = [
        {"type": "send", "time": number, "opcode": 1, "data": f'm,[{{"{number}\\'}
        for number in range(3)
    ]
    entry = {"request": {"url": "ws://a/"}, "_webSocketMessages": messages}
    whole = b"\xef\xbb\xbf" + json.dumps({"log": {"entries": [entry]}}).encode()
    ends = [
        whole.index(json.dumps(message).encode()) + len(json.dumps(message))
        for message in messages
    ]

    for size in range(len(whole)):
        recorder = read_har(whole[:size])
        assert len(recorder.items()) == sum(end <= size for end in ends)
        assert any("HAR" in text for text in recorder.texts())
    assert len(read_har(whole).items()) == 3


@given(
    st.dictionaries(
        st.sampled_from(("request", "response", "_webSocketMessages", "url")),
        json_values(),
    )
)
def test_any_har(entry):
    """Any entry at all is read, or told to be none."""
    read_har({"log": {"entries": [entry]}})
