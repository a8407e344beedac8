"""What a client command says when a connection ends: a row for each kind of peer."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.frames import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    frame,
)
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    end_stream,
    meet,
    reset,
    send,
    texts,
)


CLOSED = "wstool: the peer closed the connection: "
BROKEN = "wstool: the peer broke the protocol: "
LOST = "wstool: connection lost without a close frame (1006): "


def row(name, script, status, stdout, stderr, *arguments):
    """Write a row of the table; the first argument is the command if it's no option."""
    command = "listen"
    if arguments and not arguments[0].startswith("-"):
        command, *arguments = arguments
    outcome = Outcome(status, stdout, "".join(f"{line}\n" for line in stderr))
    return pytest.param([accept(), *script], command, arguments, outcome, id=name)


@pytest.mark.parametrize(
    ("script", "command", "arguments", "outcome"),
    [
        row(
            "1000",
            [texts(b"a"), close(1000, "bye")],
            0,
            b"a\n",
            [f"{CLOSED}1000 (normal closure) bye"],
        ),
        row("1001", [close(1001)], 0, b"", [f"{CLOSED}1001 (going away)"]),
        row("no-code", [close()], 0, b"", [f"{CLOSED}no close code"]),
        row("quiet", [close(1000)], 0, b"", [], "-q"),
        row(
            "1011",
            [texts(b"a"), close(1011, "oops")],
            9,
            b"a\n",
            [f"{CLOSED}1011 (internal error) oops"],
        ),
        row("4000", [close(4000)], 9, b"", [f"{CLOSED}4000 (private use)"], "-q"),
        row(
            "ok-close",
            [close(4000)],
            0,
            b"",
            [f"{CLOSED}4000 (private use)"],
            "--ok-close",
            "4001,4000",
        ),
        row(
            "our-code-echoed",
            [answer_close],
            0,
            b"",
            [],
            *("send", "x", "--linger", "0", "--close-code", "4000"),
        ),
        row(
            "our-code-answered-with-another",
            [await_frames(2), close(1011)],
            9,
            b"",
            [f"{CLOSED}1011 (internal error)"],
            *("send", "x", "--linger", "0"),
        ),
        row(
            "reset",
            [texts(b"a"), reset],
            8,
            b"a\n",
            [f"{LOST}connection reset by peer"],
        ),
        row(
            "end",
            [texts(b"a"), end_stream],
            8,
            b"a\n",
            [f"{LOST}the peer ended the stream"],
        ),
        row(
            "end-inside-a-message",
            [send(frame(TEXT, b"a", fin=False)), end_stream],
            8,
            b"",
            [f"{LOST}the peer ended the stream in the middle of a message"],
        ),
        row(
            "end-instead-of-close-frame",
            [await_frames(2), end_stream],
            0,
            b"",
            [],
            *("send", "x", "--linger", "0"),
        ),
        row(
            "masked",
            [texts(b"a"), send(frame(TEXT, b"b", masking_key=b"abcd")), await_end],
            7,
            b"a\n",
            [f"{BROKEN}server frame is masked (RFC 6455, 5.1)"],
        ),
        row(
            "rsv2",
            [send(frame(TEXT, b"a") + frame(TEXT, b"b", rsv=0b010)), await_end],
            7,
            b"a\n",
            [f"{BROKEN}RSV2 set, which no negotiated extension allows (RFC 6455, 5.2)"],
        ),
        row(
            "not-utf-8",
            [texts(b"a", b"b\xff", b"c"), await_end],
            7,
            b"a\n",
            [f"{BROKEN}text message is not valid UTF-8 at byte 1 (RFC 6455, 8.1)"],
        ),
        row(
            "stray-continuation",
            [send(frame(CONTINUATION, b"a")), await_end],
            7,
            b"",
            [
                f"{BROKEN}continuation frame without a message to continue "
                "(RFC 6455, 5.4)"
            ],
        ),
        row(
            "close-code-that-must-not-travel",
            [close(1005)],
            7,
            b"",
            [
                f"{BROKEN}close code 1005 must not be sent in a close frame "
                "(RFC 6455, 7.4)"
            ],
        ),
        row(
            "too-big",
            [texts(b"a", b"12345678901"), await_end],
            13,
            b"a\n",
            [
                "wstool: message of at least 11 bytes is over the limit of 10 bytes; "
                "--max-size sets the limit"
            ],
            "--max-size",
            "10",
        ),
        row(
            "expectation-failed",
            [await_frames(1), texts(b"a"), close(1000)],
            1,
            b"a\n",
            [
                f"{CLOSED}1000 (normal closure)",
                "wstool: expected 2 messages, got 1 message before the peer closed",
            ],
            *("send", "x", "-n", "2"),
        ),
        row(
            "no-match",
            [texts(b"a", b"b"), close(1000)],
            1,
            b"a\nb\n",
            [
                f"{CLOSED}1000 (normal closure)",
                "wstool: expected a message that matches '^c', "
                "got 2 messages before the peer closed",
            ],
            "--until",
            "^c",
        ),
        row(
            "silent-server",
            [answer_close],
            124,
            b"",
            ["wstool: timed out waiting for a reply (--reply-timeout 0.3 s)"],
            *("send", "x", "-n", "1", "--reply-timeout", "0.3"),
        ),
        row(
            "close-unanswered",
            [await_end],
            124,
            b"",
            [
                "wstool: timed out waiting for the peer's close frame "
                "(--close-timeout 0.3 s)"
            ],
            *("send", "x", "--linger", "0", "--close-timeout", "0.3"),
        ),
        row(
            "ping-unanswered",
            [await_end],
            124,
            b"",
            ["wstool: timed out waiting for a pong (--ping-timeout 0.2 s)"],
            *("--ping-interval", "0.2", "--ping-timeout", "0.2"),
        ),
        row(
            "max-time",
            [texts(b"a"), await_end],
            124,
            b"a\n",
            ["wstool: timed out as a whole (--max-time 0.5 s)"],
            *("-m", "0.5"),
        ),
        row(
            "binary-on-lines",
            [send(frame(TEXT, b"a") + frame(BINARY, b"b")), answer_close],
            12,
            b"a\n",
            [
                "wstool: can't write to stdout: a binary message doesn't fit --output "
                "lines (try --output length, --encoding base64 or --jsonl)"
            ],
        ),
    ],
)
def test_end(script, command, arguments, outcome):
    """How the connection ends decides status and words; what came before is printed."""
    assert meet(script, command, *arguments) == outcome


def test_cause_before_consequence():
    """A violation is what is told, not the messages that were missed because of it."""
    script = [accept(), send(frame(TEXT, b"x", rsv=0b100)), await_end]
    assert meet(script, "listen", "-n", "1", "--no-compression") == Outcome(
        7,
        b"",
        f"{BROKEN}RSV1 set, which no negotiated extension allows (RFC 6455, 5.2)\n",
    )


def test_no_max_time():
    """A limit of 0 is none, as in curl."""
    script = [accept(), close(1000)]
    assert meet(script, "listen", "-q", "-m", "0", "--connect-timeout", "0") == Outcome(
        0, b"", ""
    )


def test_ping_answered():
    """A ping is answered with its payload; it's no data."""
    script = [accept(), send(frame(PING, b"p")), await_frames(1), close(1000)]
    with Peer(*script) as peer:
        outcome = run("listen", peer.url, "-q")
    assert outcome == Outcome(0, b"", "")
    assert peer.frames[0] == (0x80 | PONG, b"p")
