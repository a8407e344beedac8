"""The framings of pipes, both ways."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.framing import Encoding, Framing, make_joiner, make_splitter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE
LINES, NULL, WHOLE = Framing.LINES, Framing.NULL, Framing.WHOLE
LENGTH, JSONL = Framing.LENGTH, Framing.JSONL
RAW, HEX, BASE64 = Encoding.RAW, Encoding.HEX, Encoding.BASE64

MAX_INPUT = 64
TOO_LONG = "message is longer than --max-input (64 bytes)"
NOT_UTF8 = "text isn't valid UTF-8"


def row(name, framing, data, messages, error=None, *, opcode=TEXT, encoding=RAW):
    """Make a row of the table: input on the left, what comes of it on the right."""
    if messages and not isinstance(messages[0], tuple):
        messages = [(opcode, payload) for payload in messages]
    return pytest.param(framing, opcode, encoding, data, messages, error, id=name)


VECTORS = [
    row("lines", LINES, b"a\nbc\n", [b"a", b"bc"]),
    row("lines-none", LINES, b"", []),
    row("lines-no-final-newline", LINES, b"a\nbc", [b"a", b"bc"]),
    row("lines-empty", LINES, b"\n\na\n\n", [b"", b"", b"a", b""]),
    row("lines-cr-kept", LINES, b"a\r\nb\rc\r\n", [b"a\r", b"b\rc\r"]),
    row(
        "lines-only-lf", LINES, b"a\x0b\x0c\x1c\xc2\x85b\n", [b"a\x0b\x0c\x1c\xc2\x85b"]
    ),
    row("lines-null-kept", LINES, b"a\0b\n", [b"a\0b"]),
    row("lines-utf8", LINES, "é\n€😀\n".encode(), ["é".encode(), "€😀".encode()]),
    row(
        "lines-invalid-utf8",
        LINES,
        b"ok\n\xc3\xa9\nx\xff\nlater\n",
        [b"ok", b"\xc3\xa9"],
        f"stdin, line 3, byte 7: {NOT_UTF8}",
    ),
    row(
        "lines-character-across-newline",
        LINES,
        b"\xc3\n\xa9\n",
        [],
        f"stdin, line 1, byte 0: {NOT_UTF8}",
    ),
    row(
        "lines-invalid-at-end",
        LINES,
        b"ok\n\xe2\x82",
        [b"ok"],
        f"stdin, line 2, byte 3: {NOT_UTF8}",
    ),
    row("lines-binary", LINES, b"\xff\n\xfe", [b"\xff", b"\xfe"], opcode=BINARY),
    row("lines-longest", LINES, b"x" * 64 + b"\ny\n", [b"x" * 64, b"y"]),
    row("lines-longest-at-end", LINES, b"y\n" + b"x" * 64, [b"y", b"x" * 64]),
    row(
        "lines-too-long",
        LINES,
        b"a\n" + b"x" * 65 + b"\nlater\n",
        [b"a"],
        f"stdin, line 2, byte 2: {TOO_LONG}",
    ),
    row(
        "lines-endless",
        LINES,
        b"a\nb\n" + b"x" * 65,
        [b"a", b"b"],
        f"stdin, line 3, byte 4: {TOO_LONG}",
    ),
    row(
        "lines-invalid-before-too-long",
        LINES,
        b"\xff\n" + b"x" * 65,
        [],
        f"stdin, line 1, byte 0: {NOT_UTF8}",
    ),
    row("null", NULL, b"a\0b\nc\0\0", [b"a", b"b\nc", b""]),
    row("null-no-final-separator", NULL, b"a\0b", [b"a", b"b"]),
    row(
        "null-invalid-utf8",
        NULL,
        b"a\0\n\xff\0",
        [b"a"],
        f"stdin, line 2, byte 3: {NOT_UTF8}",
    ),
    row("whole", WHOLE, b"a\nb\0\n", [b"a\nb\0\n"]),
    row("whole-none", WHOLE, b"", []),
    row("whole-longest", WHOLE, b"x" * 64, [b"x" * 64]),
    row("whole-too-long", WHOLE, b"x" * 65, [], f"stdin, line 1, byte 0: {TOO_LONG}"),
    row(
        "whole-invalid-utf8",
        WHOLE,
        b"a\n\xff",
        [],
        f"stdin, line 1, byte 2: {NOT_UTF8}",
    ),
    row("length", LENGTH, b"\0\0\0\1a\0\0\0\2b\n", [b"a", b"b\n"]),
    row("length-none", LENGTH, b"", []),
    row("length-empty", LENGTH, b"\0\0\0\0\0\0\0\1a\0\0\0\0", [b"", b"a", b""]),
    row("length-longest", LENGTH, b"\0\0\0\x40" + b"x" * 64, [b"x" * 64]),
    row(
        "length-too-long",
        LENGTH,
        b"\0\0\0\1a\0\0\0\x41" + b"x" * 65,
        [b"a"],
        f"stdin, line 2, byte 5: {TOO_LONG}",
    ),
    row(
        "length-cut-in-prefix",
        LENGTH,
        b"\0\0\0\1a\0\0\0",
        [b"a"],
        "stdin, line 2, byte 5: input ends inside a length prefix: 3 of 4 bytes",
    ),
    row(
        "length-cut-in-payload",
        LENGTH,
        b"\0\0\0\1a\0\0\0\3bc",
        [b"a"],
        "stdin, line 2, byte 5: input ends inside a message: 2 of 3 bytes",
    ),
    row(
        "length-cut-before-payload",
        LENGTH,
        b"\0\0\0\3",
        [],
        "stdin, line 1, byte 0: input ends inside a message: 0 of 3 bytes",
    ),
    row(
        "length-invalid-utf8",
        LENGTH,
        b"\0\0\0\1a\0\0\0\2b\xff\0\0\0\1c",
        [b"a"],
        f"stdin, line 2, byte 10: {NOT_UTF8}",
    ),
    row("length-binary", LENGTH, b"\0\0\0\1\xff", [b"\xff"], opcode=BINARY),
    row(
        "hex",
        LINES,
        b"6869\n\nFf\n",
        [b"hi", b"", b"\xff"],
        opcode=BINARY,
        encoding=HEX,
    ),
    row("hex-spaces", LINES, b" 68 69\t\r\n", [b"hi"], encoding=HEX),
    row(
        "hex-odd",
        LINES,
        b"68\n686\n",
        [b"h"],
        "stdin, line 2, byte 3: hex needs an even number of digits, not 3",
        encoding=HEX,
    ),
    row(
        "hex-bad-digit",
        NULL,
        b"68\0\x006g\0",
        [b"h", b""],
        "stdin, line 3, byte 4: invalid hex digit",
        encoding=HEX,
    ),
    row(
        "hex-invalid-utf8",
        LINES,
        b"68\n68ff\nzz\n",
        [b"h"],
        f"stdin, line 2, byte 3: {NOT_UTF8}",
        encoding=HEX,
    ),
    row(
        "base64",
        LINES,
        b"aGk=\r\n\n/w==\n",
        [b"hi", b"", b"\xff"],
        opcode=BINARY,
        encoding=BASE64,
    ),
    row("base64-wrapped", WHOLE, b"aGVs\nbG8=\n", [b"hello"], encoding=BASE64),
    row(
        "base64-no-padding",
        LENGTH,
        b"\0\0\0\4aGk=\0\0\0\3aGk",
        [b"hi"],
        "stdin, line 2, byte 12: invalid base64: incorrect padding",
        encoding=BASE64,
    ),
    row(
        "jsonl",
        JSONL,
        b'{"data":"a"}\n\n{"base64":"/w=="}\n{"type":"ping"}\n{"type":"close"}',
        [(TEXT, b"a"), (BINARY, b"\xff"), (PING, b""), (CLOSE, b"")],
    ),
    row(
        "jsonl-invalid",
        JSONL,
        b'{"data":"a"}\n\n{"data":?}\n{"data":"b"}\n',
        [(TEXT, b"a")],
        "stdin, line 3, byte 22: not JSON: expecting value",
    ),
    row(
        "jsonl-too-long",
        JSONL,
        b'{"data":"a"}\n' + b" " * 65,
        [(TEXT, b"a")],
        f"stdin, line 2, byte 13: {TOO_LONG}",
    ),
]
columns = pytest.mark.parametrize(
    ("framing", "opcode", "encoding", "data", "messages", "error"), VECTORS
)


def split(chunks, framing, opcode, encoding):
    """Feed chunks to a new splitter; return the messages and the error's sentence."""
    splitter = make_splitter(
        framing, opcode=opcode, encoding=encoding, max_input=MAX_INPUT, source="stdin"
    )
    batches = [batch for chunk in chunks for batch in splitter.feed(chunk)]
    batches += splitter.finish()
    assert all(batch.payloads for batch in batches)
    messages = [(batch.opcode, p) for batch in batches for p in batch.payloads]
    return messages, str(splitter.error) if splitter.error else None


@columns
def test_split_whole(framing, opcode, encoding, data, messages, error):
    """Every message is found, and an error names its number and byte offset."""
    assert split([data], framing, opcode, encoding) == (messages, error)


@columns
def test_split_byte_by_byte(framing, opcode, encoding, data, messages, error):
    """It makes no difference that the input comes one byte at a time."""
    chunks = [data[i : i + 1] for i in range(len(data))]

    assert split(chunks, framing, opcode, encoding) == (messages, error)


@columns
@given(draw=st.data())
def test_split_anywhere(draw, framing, opcode, encoding, data, messages, error):
    """It makes no difference where the chunks of the input begin and end."""
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    edges = [0, *cuts, len(data)]
    chunks = [data[a:b] for a, b in itertools.pairwise(edges)]

    assert split(chunks, framing, opcode, encoding) == (messages, error)


@pytest.mark.parametrize("framing", [LINES, NULL, LENGTH], ids=lambda f: f.value)
@pytest.mark.parametrize("encoding", Encoding, ids=lambda e: e.value)
@given(payloads=st.lists(st.text(alphabet="aé\n\0 ", max_size=9)))
def test_join_is_the_inverse_of_split(framing, encoding, payloads):
    """What a joiner writes, its splitter reads, unless a separator was in it."""
    batch = Batch(TEXT, [text.encode() for text in payloads])
    joiner = make_joiner(framing, encoding=encoding)

    messages, error = split([joiner.join(batch)], framing, TEXT, encoding)

    assert error is None
    same = messages == [(TEXT, payload) for payload in batch.payloads]
    assert joiner.separator_seen is not same


@pytest.mark.parametrize("framing", [WHOLE, JSONL], ids=lambda f: f.value)
def test_no_joiner(framing):
    """What isn't a framing of output has no joiner."""
    with pytest.raises(ValueError, match=f"^no joiner for framing {framing.value}$"):
        make_joiner(framing, encoding=RAW)


def test_option_words():
    """The values are the words of the options."""
    assert [framing.value for framing in Framing] == [
        "lines",
        "null",
        "whole",
        "length",
        "jsonl",
    ]
