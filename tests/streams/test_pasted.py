r"""Bytes as people paste them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.streams.hextext import HexInvalid
from wstool.streams.pasted import PastedOrRaw, parse_pasted


HELLO = b"\x81\x05Hello"

FORMS = {
    "hex": "81 05 48 65 6c 6c 6f",
    "C array of xxd -i": (
        "unsigned char f_bin[] = {\n  0x81, 0x05, 0x48, 0x65,\n  0x6c, 0x6c, 0x6f\n};\n"
        "unsigned int f_bin_len = 7;\n"
    ),
    "C array of Wireshark": (
        "/* Frame (7 bytes) */\nstatic const unsigned char pkt1[7] = {\n"
        "0x81, 0x05, 0x48, 0x65, /* ..He */\n0x6c, 0x6c, 0x6f /* llo */\n};"
    ),
    "header and payload apart": "8105 48656c6c6f",
    "behind a byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}810548656c6c6f",
    "behind a prompt": "user@host:~$ xxd -p f.bin\n810548656c6c6f\nuser@host:~$ ",
    "base64 behind a prompt": "$ base64 f.bin\r\ngQVIZWxsbw==\r\n",
    "quoted in a mail": "> 00000000: 8105 4865 6c6c 6f  ..Hello\n",
    "words of hexdump -x": (
        "0000000    0581    6548    6c6c    006f                \n0000007\n"
    ),
    "words of od -tx4": "0000000 65480581 006f6c6c\n0000007\n",
    "octal escapes": r"\201\005\110\145\154\154\157",
    "octal and other escapes": r"printf '\201\x05Hel\154o'",
    "JSON of Node": '{"type": "Buffer", "data": [129, 5, 72, 101, 108, 108, 111]}',
    "decimals": "new Uint8Array([129, 5, 72, 101, 108, 108, 111])",
    "Node": "<Buffer 81 05 48 65 6c 6c 6f>",
    "Python": r"b'\x81\x05Hello'",
    "C string": '"\\x81\\x05\\x48\\x65" \\\n"\\x6c\\x6c\\x6f"',
    "escapes": r"\x81\x05Hello",
    "short escapes": r'"\x81\005"'.replace("005", "x05Hello"),
    "base64": "gQVIZWxsbw==",
    "base64, no padding": "gQVIZWxsbw",
    "dump": "0000  81 05 48 65 6c 6c 6f   ..Hello",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_forms(text):
    """Each form spells the same bytes."""
    assert parse_pasted(text) == [HELLO]


@given(st.binary(min_size=3))
def test_base64_of_any_bytes(data):
    """Bytes in base64 can be read, unless they look like hex."""
    text = base64.b64encode(data).decode()
    if not set(text) <= set("0123456789abcdefABCDEFxX="):
        assert parse_pasted(text) == [data]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "hello world", "character 1: 'h' isn't a hex digit", id="no-bytes"
        ),
        pytest.param("8105486", "character 1: odd number of hex digits: 8105486"),
        pytest.param("[129, 256]", "character 1: '[' isn't a hex digit", id="too-big"),
        pytest.param('"\\x81\u20ac"', "character 1: '\"' isn't a hex digit", id="euro"),
    ],
)
def test_refused(text, message):
    """What spells no bytes is named."""
    with pytest.raises(HexInvalid) as caught:
        parse_pasted(text)

    assert str(caught.value) == message


@given(st.text())
def test_any_text(text):
    """Any text spells bytes or is refused."""
    try:
        assert all(isinstance(run, bytes) for run in parse_pasted(text))
    except HexInvalid:
        pass


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<Buffer 81 05 48 65 6c 6c 6f ... 132 more bytes>", id="Buffer"),
        pytest.param(
            "Uint8Array(182) [\n  129, 5, 72, 101, 108,\n  108, 111,\n"
            "  ... 82 more items\n]",
            id="array",
        ),
    ],
)
def test_what_node_leaves_out(text):
    """Of an array that Node has cut, the bytes that are there are taken."""
    assert parse_pasted(text) == [HELLO]


@pytest.mark.parametrize("text", ["[1,{}!", "[{}!", "{}... 5!"], ids=str)
def test_many_blanks(text):
    """However many blanks there are, the text is read once."""
    with pytest.raises(HexInvalid):
        parse_pasted(text.format(" " * 500_000))


def test_quotes_in_literals():
    """A literal may hold the other quote, as Python writes it."""
    assert parse_pasted("bytearray(b'\\x81\\x04\\'\"#$')") == [b"\x81\x04'\"#$"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0000000 002601 062510 066154 000157\n0000007\n", "octal, not in hex: try od"),
        ("0000000 201 005 110 145 154 154 157\n0000007\n", "octal, not in hex: try od"),
        ("0000000 129   5  72 101 108 108 111\n0000007\n", "decimals, not in hex: try"),
        ("0000000 -127    5   72  101\n0000004\n", "decimals, not in hex: try od"),
        ("0000000 201 005   H   e   l   l   o\n0000007\n", "characters, not in hex:"),
        ("00000000: 10000001 00000101 01001000  ..H\n", "binary, not in hex: try xxd"),
    ],
)
def test_other_dumps(text, problem):
    """A dump that isn't in hex is refused by what it is in, and never read as hex."""
    for read in (parse_pasted, decode):
        with pytest.raises(HexInvalid, match=f"this is a dump in {problem}"):
            read(text if read is parse_pasted else text.encode())


def test_lines_left_out():
    """Without offsets nobody knows how many lines an asterisk stands for."""
    with pytest.raises(HexInvalid, match="lines that repeat are left out"):
        decode(b" 81 05 48\n*\n 00 00 00\n")


@pytest.mark.parametrize("size", [1, 2, 3, 99])
def test_byte_order_mark(size):
    """A mark before text is no part of it, in whatever pieces it comes."""
    data = b"\xef\xbb\xbf81 05 48 65 6c 6c 6f"
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    assert decode(*pieces)[1] == [HELLO]


def test_half_a_byte_order_mark():
    """What only begins like a mark is raw."""
    assert decode(b"\xef\xbb")[1] == [b"\xef\xbb"]


def decode(*pieces, max_text=1 << 10):
    """Take pieces; give what passed at once, what came at the end, and the oddity."""
    decoder = PastedOrRaw(max_text=max_text)
    passed = [decoder.feed(piece) for piece in pieces]
    runs = [b""] if decoder.is_raw else decoder.finish()
    return passed, runs, decoder.oddity and str(decoder.oddity)


@pytest.mark.parametrize(
    ("pieces", "passed", "runs", "oddity"),
    [
        pytest.param([], [], [b""], None, id="nothing"),
        pytest.param([b"81", b"05 \n"], [b"", b""], [b"\x81\x05"], None, id="hex"),
        pytest.param([b"8", b"1"], [b"", b""], [b"\x81"], None, id="hex-cut"),
        pytest.param([b"\x81", b"05"], [b"\x81", b"05"], [b""], None, id="raw"),
        pytest.param(
            [b"81 0", b"5\x00", b"81"], [b"", b"81 05\0", b"81"], [b""], None, id="late"
        ),
        pytest.param(
            [b"81 0", b"5 hello"],
            [b"", b""],
            [b"81 05 hello"],
            "character 7: 'h' isn't a hex digit",
            id="like-text",
        ),
    ],
)
def test_pasted_or_raw(pieces, passed, runs, oddity):
    """Bytes are text to the end, or raw from the first one that can't be text."""
    assert decode(*pieces) == (passed, runs, oddity)


def test_hex_text_of_half_a_byte():
    """Hex text that is no hex is known at the end."""
    decoder = PastedOrRaw(max_text=10)
    decoder.feed(b"8")

    with pytest.raises(HexInvalid) as caught:
        decoder.finish()

    assert str(caught.value) == "character 1: odd number of hex digits: 8"


@pytest.mark.parametrize(
    ("text", "runs", "problem"),
    [
        (b"810", [b"\x81"], "character 1: odd number of hex digits: 810"),
        (b"81 05 4\n", [b"\x81\5"], "character 7: odd number of hex digits: 4"),
        (b"0x81, 0x", [b"\x81"], "character 8: 'x' isn't a hex digit"),
        (
            b"a[9] = {\n 0x81, 0x05, 0x4",
            [b"\x81\5"],
            "character 26: the array has no end",
        ),
        (b"[129, 5, 7", [b"\x81\5"], "character 11: the array has no end"),
        (b"\\x81\\", [b"\x81"], r"character 5: '\\' isn't a hex digit"),
        (
            b"$ xxd a\n0000: 8105 486",
            [b"\x81\5"],
            "character 20: odd number of hex digits: 486",
        ),
    ],
)
def test_hex_text_that_is_cut_off(text, runs, problem):
    """What is before the end of hex text is there, and what is wrong with the end."""
    decoder = PastedOrRaw(max_text=99)
    decoder.feed(text)

    assert decoder.finish() == runs
    assert str(decoder.cut) == problem
    with pytest.raises(HexInvalid) as caught:
        parse_pasted(text.decode())
    assert str(caught.value) == problem


def test_text_has_a_limit():
    """Text is kept only up to a limit."""
    decoder = PastedOrRaw(max_text=4)
    decoder.feed(b"8105")

    with pytest.raises(HexInvalid) as caught:
        decoder.feed(b"4")

    assert str(caught.value) == "character 5: text of more than 4 bytes"
