"""permessage-deflate as the user asked for it, whatever the server makes of that."""

from __future__ import annotations

import random
import zlib

import pytest

from support.command import Outcome, run
from support.frames import BINARY, TEXT
from support.misbehaving import Peer, accept, answer_close, await_end, meet


INVALID = "wstool: invalid handshake response: extension parameter "
EXTENSION = "Sec-WebSocket-Extensions: permessage-deflate"
COMPRESSED = 0xC0
PLAIN = 0x80


def send(*options, messages, response=EXTENSION, binary=False):
    """Send messages to a server with this response; give the frames."""
    kind = ["--binary", "--encoding", "hex"] if binary else []
    with Peer(accept(response), answer_close) as peer:
        outcome = run("send", peer.url, "--linger", "0", *options, *kind, *messages)
    assert outcome == Outcome(0, b"", "")
    return peer.frames[:-1]


def inflate(payload, bits):
    """Inflate a message with a window of this size."""
    decompressor = zlib.decompressobj(wbits=-bits)
    return decompressor.decompress(payload + b"\x00\x00\xff\xff")


def test_context_takeover():
    """The second of two equal messages is shorter, unless context takeover is off."""
    text = "abc" * 1000
    first, second = send(messages=(text, text))
    assert first[0] == second[0] == COMPRESSED | TEXT
    assert len(second[1]) < len(first[1])
    option = "--client-no-context-takeover"
    # The server doesn't mention what it was told, which is its right.
    first, second = send(option, messages=(text, text))
    assert first == second == (COMPRESSED | TEXT, first[1])
    assert inflate(first[1], 15) == text.encode()


@pytest.mark.parametrize("bits", [9, 12, 15])
@pytest.mark.parametrize(
    "answer", [pytest.param("", id="ignored"), "; client_max_window_bits=15"]
)
def test_window(bits, answer):
    """Our window is no larger than we said, even if the server would take more."""
    block = random.Random(0).randbytes(600)
    # What is repeated is too far away for the smallest window only.
    data = block + bytes(1000) + block
    ((first, payload),) = send(
        *("--client-max-window-bits", str(bits)),
        messages=[data.hex()],
        response=EXTENSION + answer,
        binary=True,
    )
    assert first == COMPRESSED | BINARY
    assert inflate(payload, bits) == data
    assert (len(payload) > 1200) is (bits == 9)


@pytest.mark.parametrize(
    ("options", "response"),
    [
        pytest.param(
            ("--client-max-window-bits", "8"), EXTENSION, id="asked-by-the-user"
        ),
        pytest.param((), f"{EXTENSION}; client_max_window_bits=8", id="by-the-server"),
    ],
)
def test_smallest_window(options, response):
    """With 8 bits, which zlib can't do, messages go out uncompressed."""
    text = "a" * 2000
    assert send(*options, messages=[text], response=response) == [
        (PLAIN | TEXT, text.encode())
    ]


def test_least_size():
    """--compress-min says from which size on messages are compressed."""
    frames = send("--compress-min", "10", messages=["a" * 9, "a" * 10])
    assert [first for first, _ in frames] == [PLAIN | TEXT, COMPRESSED | TEXT]


@pytest.mark.parametrize(
    ("options", "answer", "problem"),
    [
        pytest.param(
            ["--server-no-context-takeover"],
            "",
            "'server_no_context_takeover' is missing",
            id="takeover",
        ),
        pytest.param(
            ["--server-max-window-bits", "10"],
            "",
            "'server_max_window_bits' should be at most 10, but is 15",
            id="window",
        ),
        pytest.param(
            ["--server-max-window-bits", "10"],
            "; server_max_window_bits=11",
            "'server_max_window_bits' should be at most 10, but is 11",
            id="larger-window",
        ),
        pytest.param(
            ["-H", "Sec-WebSocket-Extensions: permessage-deflate"],
            "; client_max_window_bits=10",
            "'client_max_window_bits' wasn't offered",
            id="client-window",
        ),
    ],
)
def test_ignored_by_the_server(options, answer, problem):
    """RFC 7692, 7.1: what a server must keep to and doesn't makes no connection."""
    outcome = meet([accept(EXTENSION + answer), await_end], "listen", *options)
    assert outcome == Outcome(6, b"", f"{INVALID}{problem}\n")
