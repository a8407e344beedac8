"""Events as lines of JSON: opening, end and error."""

from __future__ import annotations

import json

import pytest

from wstool.cli._event_lines import render_closed, render_error
from wstool.connection.handler import Ending
from wstool.errors import ClosedWithError, ConnectFailed, HandshakeRefused, TimedOut
from wstool.wire.close import Close

from support.command import run
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    close,
    meet,
    reply,
    texts,
)


OURS = {"direction": "sent", "type": "close", "code": 1000, "reason": "bye"}
THEIRS = {"direction": "received", "type": "close", "code": 4000, "reason": ""}
OPEN = {"direction": "received", "type": "open"}


def read(data):
    """Read lines, without their times."""
    events = [json.loads(line) for line in data.splitlines()]
    assert all(event.pop("time").endswith("Z") for event in events)
    return events


@pytest.mark.parametrize(
    ("received", "sent", "by_peer", "events"),
    [
        pytest.param(4000, 1000, True, [THEIRS, OURS], id="theirs-first"),
        pytest.param(4000, 1000, False, [OURS, THEIRS], id="ours-first"),
        pytest.param(None, 1000, False, [OURS], id="no-answer"),
        pytest.param(4000, None, True, [THEIRS], id="not-answered"),
        pytest.param(None, None, False, [], id="lost"),
    ],
)
def test_closed(received, sent, by_peer, events):
    """The close frames of both sides are told in their order."""
    ending = Ending(
        None,
        None if received is None else Close(received, ""),
        None if sent is None else Close(sent, "bye"),
        by_peer,
    )
    assert read(render_closed(ending)) == events


def test_close_without_code():
    """A close frame without a code has none in its event."""
    assert read(render_closed(Ending(None, Close(None, ""), None, True))) == [
        {"direction": "received", "type": "close", "reason": ""}
    ]


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        pytest.param(
            HandshakeRefused(503, "Service Unavailable"),
            {"error": "handshake_refused", "status": 503},
            id="http-status",
        ),
        pytest.param(
            ClosedWithError(4000, "4000"),
            {"code": 4000, "error": "closed_with_error"},
            id="close-code",
        ),
        pytest.param(ConnectFailed("h", "x"), {"error": "connect_failed"}, id="none"),
        pytest.param(TimedOut("x", 1, "-m"), {"error": "timed_out"}, id="limit"),
    ],
)
def test_error(error, fields):
    """An error is told with its exit status' name and what codes it has."""
    expected = {"type": "error", **fields, "message": str(error)}
    assert read(render_error(error)) == [expected]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        pytest.param(["send", "x"], b"", id="send"),
        pytest.param(["listen", "-d", "x"], b"", id="listen"),
        pytest.param(["connect"], b'{"data": "x"}\n', id="connect"),
    ],
)
def test_whole_run(arguments, stdin):
    """A run is told from its opening to both close frames; what we sent is not."""
    command, *rest = arguments
    with Peer(accept(), await_frames(1), texts(b"a"), answer_close) as peer:
        options = ["--jsonl", "-n", "1", "--close-code", "4000", *rest]
        outcome = run(command, peer.url, *options, stdin=stdin)
    assert (outcome.status, outcome.stderr) == (0, "")
    sent = {**THEIRS, "direction": "sent"}
    message = {"direction": "received", "type": "text", "data": "a"}
    assert read(outcome.stdout) == [OPEN, message, sent, THEIRS]


def test_refused():
    """A refusal has the HTTP status."""
    response = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    outcome = meet([reply(response)], "listen", "--jsonl")
    assert outcome.status == 5
    assert read(outcome.stdout) == [
        {
            "type": "error",
            "error": "handshake_refused",
            "status": 503,
            "message": "the server refused the handshake: HTTP 503 Busy",
        }
    ]


def test_inspect():
    """Inspect tells errors so too, after the frames."""
    outcome = meet([accept(), close(4000)], "inspect", "--jsonl")
    assert outcome.status == 9
    *frames, error = [json.loads(line) for line in outcome.stdout.splitlines()]
    kinds = [(frame["direction"], frame["type"]) for frame in frames]
    assert kinds == [
        ("sent", "request"),
        ("received", "response"),
        ("received", "close"),
        ("sent", "close"),
    ]
    assert all(frame["code"] == 4000 for frame in frames[2:])
    del error["time"]
    assert error == {
        "type": "error",
        "code": 4000,
        "error": "closed_with_error",
        "message": "the peer closed the connection: 4000 (private use)",
    }
