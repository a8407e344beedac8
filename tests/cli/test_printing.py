"""What stdout carries: data in a pipe, and events where that is asked for."""

from __future__ import annotations

import json
import re

import pytest

from support.command import Outcome, run, serving
from support.frames import BINARY, PING, TEXT, close_frame, frame
from support.misbehaving import (
    accept,
    answer_close,
    await_frames,
    close,
    meet,
    send,
    texts,
)


BINARY_HINT = (
    "wstool: can't write to stdout: a binary message doesn't fit --output {} "
    "(try --output length, --encoding base64 or --jsonl)\n"
)


@pytest.fixture(name="echo", scope="module")
def serve_echo():
    """Run an echo server; give its URL."""
    with serving("-q") as (url, _):
        yield url


@pytest.mark.parametrize("framing", ["lines", "null"])
def test_binary_does_not_fit(echo, framing):
    """Binary between separators could be anything: refused, with the way out."""
    outcome = run("send", echo, "--binary", "--output", framing, "a")
    assert outcome == Outcome(12, b"", BINARY_HINT.format(framing))


@pytest.mark.parametrize(
    ("options", "stderr"),
    [
        pytest.param(
            [],
            "wstool: a message holds the separator of --output lines, so it can't be "
            "told from two (try --jsonl or --output length)\n",
            id="warned-once",
        ),
        pytest.param(["-q"], "", id="quiet"),
    ],
)
def test_separator_in_a_message(options, stderr):
    """Text that holds the separator is written as it is, with one warning."""
    # The ping keeps the messages apart: they come in two reads.
    script = [
        *(accept(), texts(b"a\nb", b"c\n"), send(frame(PING)), await_frames(1)),
        *(texts(b"\n"), answer_close),
    ]
    outcome = meet(script, "listen", "-n", "3", *options)
    assert outcome == Outcome(0, b"a\nb\nc\n\n\n\n", stderr)


def test_jsonl_output():
    """JSONL tells everything that happens, in order, with its time."""
    frames = frame(TEXT, b"a\n\x1b") + frame(BINARY, b"\0\xff") + frame(PING, b"p")
    script = [accept(rest=frames), close(1011, "oops")]
    outcome = meet(script, "listen", "-q", "--jsonl")
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    times = [line.pop("time") for line in lines if "time" in line]
    assert lines == [
        {"direction": "received", "type": "open"},
        {"direction": "received", "type": "text", "data": "a\n\x1b"},
        {"direction": "received", "type": "binary", "base64": "AP8="},
        {"direction": "received", "type": "ping", "data": "p"},
        {"direction": "received", "type": "close", "code": 1011, "reason": "oops"},
        {"direction": "sent", "type": "close", "code": 1011, "reason": ""},
        {
            "type": "error",
            "code": 1011,
            "error": "closed_with_error",
            "message": "the peer closed the connection: 1011 (internal error) oops",
        },
    ]
    assert times == sorted(times)
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", t) for t in times
    )
    assert len(times) == len(lines)
    assert outcome.stdout.isascii()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        pytest.param(
            ("send", "x", "-n", "1", "--reply-timeout", "0.2"),
            "timed_out",
            "timed out waiting for a reply (--reply-timeout 0.2 s)",
            id="reply-timeout",
        ),
        pytest.param(
            ("listen", "-m", "0.4"),
            "timed_out",
            "timed out as a whole (--max-time 0.4 s)",
            id="max-time",
        ),
    ],
)
def test_jsonl_error(arguments, error, message):
    """The last event names the status, however the end comes."""
    outcome = meet([accept(), answer_close_or_end], *arguments, "--jsonl")
    last = json.loads(outcome.stdout.splitlines()[-1])
    del last["time"]
    assert last == {"type": "error", "error": error, "message": message}


def answer_close_or_end(stream):
    """Send a client's close frame back, if it sends one in time."""
    stream.receive_frames(lambda frames: any(first == 0x88 for first, _ in frames))
    stream.socket.sendall(close_frame(1000))


def test_jsonl_refused():
    """Also where there was no connection."""
    outcome = meet([send(b"nonsense"), lambda s: s.receive()], "listen", "--jsonl")
    event = json.loads(outcome.stdout)
    del event["time"]
    assert event == {
        "type": "error",
        "error": "handshake_invalid",
        "message": "invalid handshake response: not an HTTP response",
    }
    assert outcome.status == 6
