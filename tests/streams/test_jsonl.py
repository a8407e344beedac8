"""Event lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.jsonl import render_batch, render_event, render_time
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


TIME = 1700000000.25
HEAD = b'{"time": "2023-11-14T22:13:20.250000Z", "direction": "received", '


@pytest.mark.parametrize(
    ("time", "text"),
    [
        pytest.param(0.0, "1970-01-01T00:00:00.000000Z", id="epoch"),
        pytest.param(TIME, "2023-11-14T22:13:20.250000Z", id="fraction"),
        pytest.param(0.9999996, "1970-01-01T00:00:01.000000Z", id="rounded-up"),
        pytest.param(1e-6, "1970-01-01T00:00:00.000001Z", id="microsecond"),
    ],
)
def test_render_time(time, text):
    """Times are in UTC and always have six digits after the point."""
    assert render_time(time) == text


@pytest.mark.parametrize(
    ("fields", "rest"),
    [
        pytest.param(
            {"type": "text", "payload": b"a\x1b\n\xc3\xa9\xc2\x9b"},
            b'"type": "text", "data": "a\\u001b\\n\\u00e9\\u009b"}\n',
            id="text",
        ),
        pytest.param(
            {"type": "text", "payload": b""},
            b'"type": "text", "data": ""}\n',
            id="text-empty",
        ),
        pytest.param(
            {"type": "binary", "payload": b"hi"},
            b'"type": "binary", "base64": "aGk="}\n',
            id="binary",
        ),
        pytest.param(
            {"type": "ping", "payload": b"hi"},
            b'"type": "ping", "data": "hi"}\n',
            id="ping",
        ),
        pytest.param(
            {"type": "pong", "payload": b"\xff"},
            b'"type": "pong", "base64": "/w=="}\n',
            id="pong-not-utf8",
        ),
        pytest.param(
            {"type": "close", "code": 1000, "reason": ""},
            b'"type": "close", "code": 1000, "reason": ""}\n',
            id="close",
        ),
        pytest.param({"type": "close"}, b'"type": "close"}\n', id="close-without-code"),
        pytest.param(
            {"type": "open", "url": "ws://a/", "subprotocol": None},
            b'"type": "open", "url": "ws://a/"}\n',
            id="extra",
        ),
        pytest.param(
            {"type": "error", "message": "\udcff"},
            b'"type": "error", "message": "\\udcff"}\n',
            id="surrogate",
        ),
    ],
)
def test_render_event(fields, rest):
    """An event is a line of ASCII; keys that don't apply are left out."""
    assert render_event(time=TIME, direction="received", **fields) == HEAD + rest


def test_render_event_without_direction():
    """An event may have no direction."""
    assert render_event(time=0, direction=None, type="open") == (
        b'{"time": "1970-01-01T00:00:00.000000Z", "type": "open"}\n'
    )


@pytest.mark.parametrize("direction", ["sent", None], ids=["sent", "no-direction"])
@given(payloads=st.lists(st.text().map(str.encode), max_size=3))
def test_render_batch_of_text(direction, payloads):
    """A batch of text renders as its messages do one by one."""
    lines = render_batch(Batch(Opcode.TEXT, payloads), time=TIME, direction=direction)

    assert lines == b"".join(
        render_event(time=TIME, direction=direction, type="text", payload=payload)
        for payload in payloads
    )


@given(payloads=st.lists(st.binary(), max_size=3))
def test_render_batch_of_binary(payloads):
    """A binary batch renders as its messages do one by one."""
    lines = render_batch(Batch(Opcode.BINARY, payloads), time=TIME, direction="sent")

    assert lines == b"".join(
        render_event(time=TIME, direction="sent", type="binary", payload=payload)
        for payload in payloads
    )
