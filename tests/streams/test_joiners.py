"""From batches to bytes."""

from __future__ import annotations

import pytest

from wstool.errors import OutputFailed
from wstool.streams.framing import Encoding, Framing, make_joiner
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


LINES, NULL, LENGTH = Framing.LINES, Framing.NULL, Framing.LENGTH
RAW, HEX, BASE64 = Encoding.RAW, Encoding.HEX, Encoding.BASE64


@pytest.mark.parametrize(
    ("framing", "encoding", "payloads", "data"),
    [
        pytest.param(LINES, RAW, [b"a", b"", b"c\r"], b"a\n\nc\r\n", id="lines"),
        pytest.param(LINES, RAW, [], b"", id="lines-none"),
        pytest.param(NULL, RAW, [b"a\n", b""], b"a\n\0\0", id="null"),
        pytest.param(LENGTH, RAW, [b"a\n", b""], b"\0\0\0\2a\n\0\0\0\0", id="length"),
        pytest.param(LENGTH, RAW, [], b"", id="length-none"),
        pytest.param(LINES, HEX, [b"\n\xc3\xa9", b""], b"0ac3a9\n\n", id="hex"),
        pytest.param(NULL, BASE64, [b"\0hi", b""], b"AGhp\0\0", id="base64"),
        pytest.param(LENGTH, HEX, [b"hi"], b"\0\0\0\0046869", id="length-hex"),
    ],
)
def test_join(framing, encoding, payloads, data):
    """Each message is written with its framing."""
    joiner = make_joiner(framing, encoding=encoding)

    assert joiner.join(Batch(Opcode.TEXT, payloads)) == data
    assert joiner.separator_seen is False


@pytest.mark.parametrize(
    ("framing", "payload", "data"),
    [
        pytest.param(LINES, b"a\nb", b"x\na\nb\n", id="lines"),
        pytest.param(NULL, b"\0", b"x\0\0\0", id="null"),
    ],
)
def test_separator_seen(framing, payload, data):
    """A message that holds the separator is written as it is, and that is noted."""
    joiner = make_joiner(framing, encoding=RAW)
    joiner.join(Batch(Opcode.TEXT, [b"first"]))
    assert joiner.separator_seen is False

    assert joiner.join(Batch(Opcode.TEXT, [b"x", payload])) == data
    assert joiner.separator_seen is True

    joiner.join(Batch(Opcode.TEXT, [b"last"]))
    assert joiner.separator_seen is True


@pytest.mark.parametrize("framing", [LINES, NULL], ids=lambda f: f.value)
def test_binary_does_not_fit_separators(framing):
    """Binary that isn't encoded can't go where a separator ends a message."""
    joiner = make_joiner(framing, encoding=RAW, target="out.txt")

    with pytest.raises(OutputFailed) as caught:
        joiner.join(Batch(Opcode.BINARY, [b"a"]))

    assert str(caught.value) == (
        f"can't write to out.txt: a binary message doesn't fit --output "
        f"{framing.value} (try --output length, --encoding base64 or --jsonl)"
    )


@pytest.mark.parametrize(
    ("framing", "encoding", "data"),
    [
        pytest.param(LINES, HEX, b"0aff\n", id="lines-hex"),
        pytest.param(NULL, BASE64, b"Cv8=\0", id="null-base64"),
        pytest.param(LENGTH, RAW, b"\0\0\0\2\n\xff", id="length-raw"),
    ],
)
def test_binary_fits(framing, encoding, data):
    """Binary fits when it is encoded, or when nothing in it can end it."""
    joiner = make_joiner(framing, encoding=encoding)

    assert joiner.join(Batch(Opcode.BINARY, [b"\n\xff"])) == data
    assert joiner.separator_seen is False


def test_message_too_long_for_its_prefix():
    """A length that doesn't fit into the prefix is refused, not cut."""

    class Payload(bytes):
        def __len__(self):
            return 1 << 32

    with pytest.raises(OutputFailed) as caught:
        make_joiner(LENGTH, encoding=RAW).join(Batch(Opcode.BINARY, [Payload()]))

    assert str(caught.value) == (
        "can't write to stdout: a message of 4294967296 bytes doesn't fit "
        "--output length"
    )
