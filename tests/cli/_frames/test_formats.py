"""What all formats have in common."""

from __future__ import annotations

import time

import pytest

from wstool.cli._frames.formats import FrameReport, make_renderer
from wstool.services.inspector import (
    Direction,
    HandshakeHalf,
    InspectedFrame,
)
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader

from support.frames import TEXT, frame
from support.rendering import FULL, JSONL, MOMENT, REQUEST, RESPONSE, SUMMARY, render


@pytest.mark.parametrize(
    ("format", "text"),
    [
        pytest.param(
            FULL,
            "> GET /chat HTTP/1.1\n> Host: example.com\n> X: a\\x1bb\n"
            "\n< HTTP/1.1 403 No\\x9b\n< Server: x\n< what is this\n",
            id="full",
        ),
        pytest.param(
            SUMMARY, "> GET /chat HTTP/1.1\n< HTTP/1.1 403 No\\x9b\n", id="summary"
        ),
        pytest.param(
            JSONL,
            '{"connection": 1, "direction": "sent", "type": "request",'
            ' "method": "GET", "resource_name": "/chat", "version": "HTTP/1.1",'
            ' "headers": [["Host", "example.com"], ["X", "a\\u001bb"]]}\n'
            '{"connection": 1, "direction": "received", "type": "response",'
            ' "version": "HTTP/1.1", "status": 403, "reason": "No\\u009b",'
            ' "headers": [["Server", "x"]],'
            ' "malformed": ["what is this"]}\n',
            id="jsonl",
        ),
    ],
)
def test_handshake(format, text):
    """Request and response are shown, escaped."""
    texts = []
    report = FrameReport(make_renderer(format), texts.append)

    report.handshake_found(HandshakeHalf(Direction.SENT, REQUEST))
    report.handshake_found(HandshakeHalf(Direction.RECEIVED, RESPONSE))

    assert "".join(texts) == text


@pytest.mark.parametrize(
    ("format", "shown"),
    [
        pytest.param(FULL, "offset 0  {clock}\n", id="full"),
        pytest.param(SUMMARY, "    1 > ping         {clock} FIN", id="summary"),
        pytest.param(JSONL, '"time": "2023-11-14T22:13:20.123400Z"', id="jsonl"),
    ],
)
def test_time(format, shown):
    """Where the time is known it is shown, for people on their own clock."""
    item = InspectedFrame(
        1, Direction.SENT, DissectedFrame(0, FrameHeader(0x9, 0), b""), time=MOMENT
    )
    clock = time.strftime("%H:%M:%S", time.localtime(MOMENT)) + ".123"

    assert shown.format(clock=clock) in make_renderer(format).render_frame(item)


def test_remainder_of_both_kinds():
    """Bytes and a message can be missing at once."""
    text = render(frame(TEXT, fin=False) + b"\x80", format=SUMMARY)

    assert text.splitlines()[1:] == [
        "< 1 byte left at offset 2, no whole header: 80",
        "< text message 1 has no final fragment",
    ]
