"""How messages stand in arguments, files and pipes, there and back."""

from __future__ import annotations

import json

import pytest

from support.command import Outcome, run, serving
from support.frames import BINARY, CLOSE, PING, PONG, TEXT
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
)


@pytest.fixture(name="echo", scope="module")
def serve_echo():
    """Run an echo server; give its URL."""
    with serving("-q") as (url, _):
        yield url


def lengths(*payloads):
    """Write payloads with their lengths before them."""
    return b"".join(len(p).to_bytes(4, "big") + p for p in payloads)


@pytest.mark.parametrize(
    ("options", "stdin", "count", "stdout"),
    [
        pytest.param("", b"a\n\nb", 3, b"a\n\nb\n", id="lines"),
        pytest.param("-0", b"a\nb\0\0c", 3, b"a\nb\0\0c\0", id="null"),
        pytest.param("--input null", b"a\0b\0", 2, b"a\nb\n", id="null-to-lines"),
        pytest.param("--output null", b"a\nb\n", 2, b"a\0b\0", id="lines-to-null"),
        pytest.param(
            "--input length --output length",
            lengths(b"", b"a\n\0", b"x" * 300),
            3,
            lengths(b"", b"a\n\0", b"x" * 300),
            id="length",
        ),
        pytest.param(
            "--input length --output length --binary",
            lengths(bytes(range(256)), b""),
            2,
            lengths(bytes(range(256)), b""),
            id="length-binary",
        ),
        pytest.param(
            "--input whole --output length",
            b"a\nb\n",
            1,
            lengths(b"a\nb\n"),
            id="whole",
        ),
        pytest.param("--encoding hex", b"6 1\nC3A4\n\n", 3, b"61\nc3a4\n\n", id="hex"),
        pytest.param(
            "--encoding hex --binary", b"00ff\n0a\n", 2, b"00ff\n0a\n", id="hex-binary"
        ),
        pytest.param(
            "--encoding base64 --binary -0",
            b"AP8=\0Cg==\0",
            2,
            b"AP8=\0Cg==\0",
            id="base64-binary-null",
        ),
        pytest.param(
            "--encoding base64 --input whole --output length",
            b"YWJj\nZGVm\n",
            1,
            lengths(b"YWJjZGVm"),
            id="base64-wrapped-whole",
        ),
    ],
)
def test_there_and_back(echo, options, stdin, count, stdout):
    """What one framing writes is what it reads."""
    outcome = run("send", echo, "-n", str(count), *options.split(), stdin=stdin)
    assert outcome == Outcome(0, stdout, "")


@pytest.mark.parametrize(
    ("options", "messages", "stdout"),
    [
        pytest.param("", ["a", "", "b c"], b"a\n\nb c\n", id="text"),
        pytest.param("", ["@/dev/null", "-"], b"@/dev/null\n-\n", id="literal"),
        pytest.param("--encoding hex", ["61 62"], b"6162\n", id="hex"),
        pytest.param(
            "--binary --encoding base64", ["AP8="], b"AP8=\n", id="base64-binary"
        ),
    ],
)
def test_arguments(echo, options, messages, stdout):
    """Arguments are messages, literally; stdin is not read."""
    arguments = ("send", echo, "-n", str(len(messages)), *options.split())
    outcome = run(*arguments, "--", *messages, stdin=b"not read\n")
    assert outcome == Outcome(0, stdout, "")


def test_data(tmp_path, echo):
    """`listen --data` sends first, and takes a file as one message."""
    path = tmp_path / "message"
    path.write_bytes(b"from\na file")
    outcome = run(
        *("listen", echo, "-d", "a", "--data", f"@{path}", "-d", "", "-n", "3", "-0")
    )
    assert outcome == Outcome(0, b"a\0from\na file\0\0", "")


@pytest.mark.parametrize(
    ("options", "stdin", "sent", "problem"),
    [
        pytest.param(
            "",
            b"a\nb\nc\xffd\n",
            2,
            "line 3, byte 5: text isn't valid UTF-8",
            id="utf-8",
        ),
        pytest.param(
            "--encoding hex",
            b"61\n6\n",
            1,
            "line 2, byte 3: hex needs an even number of digits, not 1",
            id="hex",
        ),
        pytest.param(
            "--encoding base64 --binary",
            b"AP8=\nAP8\n",
            1,
            "line 2, byte 5: invalid base64: incorrect padding",
            id="base64",
        ),
        pytest.param(
            "--max-input 3",
            b"abc\nabcd\n",
            1,
            "line 2, byte 4: message is longer than --max-input (3 bytes)",
            id="too-long",
        ),
        pytest.param(
            "--input jsonl",
            b'{"data": "a"}\n{"data": a}\n',
            1,
            "line 2, byte 23: not JSON: expecting value",
            id="jsonl",
        ),
        pytest.param(
            "--input jsonl",
            b'{"data": "a"}\n{"type": "close", "code": 1006}\n',
            1,
            "line 2, byte 14: close code 1006 must not be sent",
            id="jsonl-close-code",
        ),
        pytest.param(
            "--input length",
            lengths(b"a") + b"\0\0\0\2b",
            1,
            "line 2, byte 5: input ends inside a message: 1 of 2 bytes",
            id="length",
        ),
    ],
)
def test_input_does_not_fit(options, stdin, sent, problem):
    """What came before bad input is sent; the place and the problem are told."""
    with Peer(accept(), answer_close) as peer:
        outcome = run("send", peer.url, *options.split(), stdin=stdin)
    messages = "1 message" if sent == 1 else f"{sent} messages"
    assert outcome == Outcome(
        11,
        b"",
        f"wstool: {messages} went out; the input was not at its end\n"
        f"wstool: stdin, {problem}\n",
    )
    assert len(peer.frames) == sent + 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--jsonl --input lines", "--input and --jsonl"),
        ("--jsonl --output length", "--output and --jsonl"),
        ("-0 --input null", "--input and -0/--null"),
        ("-0 --jsonl", "-0/--null and --jsonl"),
    ],
)
def test_framing_given_twice(options, problem):
    """Options that say the same thing twice are refused: none is silently ignored."""
    outcome = run("send", "ws://127.0.0.1:1/", *options.split())

    assert outcome.status == 2
    assert outcome.stderr.endswith(f"Error: {problem} exclude each other.\n")


def test_jsonl_input():
    """JSONL says the kind of each message, and pings, pongs and closes as well."""
    events = [
        {"type": "text", "data": "ä"},
        {"type": "binary", "base64": "AP8="},
        {"data": "plain"},
        {"type": "ping", "data": "p"},
        {"type": "pong"},
        {"direction": "received", "type": "text", "data": "not sent"},
        {"type": "close", "code": 4001, "reason": "done"},
        {"data": "behind the close"},
    ]
    stdin = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    with Peer(accept(), answer_close) as peer:
        outcome = run("send", peer.url, "--input", "jsonl", stdin=stdin)
    assert outcome == Outcome(
        0, b"", "wstool: stopped reading the input after 3 messages\n"
    )
    assert peer.frames == [
        (0x80 | TEXT, "ä".encode()),
        (0x80 | BINARY, b"\x00\xff"),
        (0x80 | TEXT, b"plain"),
        (0x80 | PING, b"p"),
        (0x80 | PONG, b""),
        (0x80 | CLOSE, b"\x0f\xa1done"),
    ]
