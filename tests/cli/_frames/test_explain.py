"""A frame's header, drawn."""

from __future__ import annotations

import pytest

from wstool.cli._frames.explain import explain
from wstool.cli._frames.formats import View
from wstool.services.inspector import Direction, InspectedFrame

from support.command import run
from support.dissecting import dissect
from support.frames import BINARY, CONTINUATION, PING, TEXT, frame
from support.rendering import FULL, KEY, render


def draw(data):
    """Draw the first frame of some data."""
    (item,), _ = dissect(data)
    return "\n".join(explain(InspectedFrame(1, Direction.SENT, item)))


def test_masked_text():
    """Each bit stands in its place, as in RFC 6455, and has its word."""
    assert (
        draw(frame(TEXT, b"Hello", masking_key=KEY))
        == """\
 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-------+-+-------------+-------------------------------+
|1|0|0|0|0 0 0 1|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|
|F|R|R|R| opcode|M|    length   |          masking key          |
+-+-+-+-+-------+-+-------------+-------------------------------+
|0 0 1 0 0 0 0 1 0 0 1 1 1 1 0 1|0 1 1 1 1 1 1 1 1 0 0 1 1 1 1 1|
|                               |          payload ...          |
+-------------------------------+-------------------------------+
FIN 1      the last frame of its message
opcode 1   text: the message is UTF-8
MASK 1     the payload is masked, as a client's must be
length     5 bytes of payload
key        37 fa 21 3d, for XOR with the payload"""
    )


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(
            frame(BINARY, bytes(300)),
            [
                "|1|0|0|0|0 0 1 0|0|1 1 1 1 1 1 0|0 0 0 0 0 0 0 1 0 0 1 0 1 1 0 0|",
                "|F|R|R|R| opcode|M|    length   |        extended length        |",
                "length     126, so that the next 16 bits hold it: 300 bytes of"
                " payload",
            ],
            id="16-bits",
        ),
        pytest.param(
            b"\x82\x7f" + bytes(7) + b"\x01a",
            ["length     127, so that the next 64 bits hold it: 1 byte of payload"],
            id="64-bits",
        ),
        pytest.param(
            frame(PING, fin=False),
            ["FIN 0      a fragment of a control frame"],
            id="ping",
        ),
        pytest.param(
            frame(CONTINUATION, b"a", fin=False, rsv=0b111),
            [
                "FIN 0      more frames of its message follow",
                "RSV1 1     reserved",
                "RSV3 1     reserved",
                "MASK 0     the payload is not masked, as a server's must be",
            ],
            id="reserved-bits",
        ),
        pytest.param(frame(0x3), ["opcode 3   reserved 0x3"], id="reserved-opcode"),
    ],
)
def test_words(data, lines):
    """Each field has a word that says what its value means."""
    drawing = draw(data).splitlines()

    assert [line for line in lines if line not in drawing] == []


def test_in_the_full_format():
    """The drawing stands below the frame's bits, within 80 columns."""
    text = render(
        frame(TEXT, b"a" * 70_000, masking_key=KEY),
        format=FULL,
        view=View(explain=True, max_payload=16),
    )

    assert "     |F|R|R|R| opcode|M|    length   |" in text
    assert max(map(len, text.splitlines())) <= 80


def test_longest_length():
    """A length of 19 digits doesn't lead beyond 80 columns."""
    outcome = run("inspect", "--explain", "--hex", f"827f7f{'ff' * 7}61")

    lines = outcome.stdout.decode().splitlines()
    words = "127, so that the next 64 bits hold it: 9223372036854775807 bytes"
    start = lines.index(f"     length     {words}")
    assert lines[start + 1] == "                of payload"
    assert max(map(len, lines)) <= 80
