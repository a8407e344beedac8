"""Dumps as tools print them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstool.streams.dumptext import name_dump, parse_dump
from wstool.streams.hextext import HexInvalid


DATA = bytes.fromhex("818537fa213d7f9f4d515889008a008103616263")

DUMPS = {
    "xxd": (
        "00000000: 8185 37fa 213d 7f9f 4d51 5889 008a 0081  ..7.!=..MQX.....\n"
        "00000010: 0361 6263                                .abc\n"
    ),
    "hexdump": (
        "0000000 8581 fa37 3d21 9f7f 514d 8958 8a00 8100\n"
        "0000010 6103 6362                              \n"
        "0000014\n"
    ),
    "hexdump -C": (
        "00000000  81 85 37 fa 21 3d 7f 9f  4d 51 58 89 00 8a 00 81  |..7.!=..MQX..|\n"
        "00000010  03 61 62 63                                       |.abc|\n"
        "00000014\n"
    ),
    "od -tx1": (
        "0000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 89 00 8a 00 81\n"
        "0000020 03 61 62 63\n"
        "0000024\n"
    ),
    "od -Ax -tx1z": (
        "000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 89 00 8a 00 81  >..7.!=..MQX.....<\n"
        "000010 03 61 62 63                                      >.abc<\n"
        "000014\n"
    ),
    "tcpdump -X": (
        "12:00:00.000001 IP 127.0.0.1.5 > 127.0.0.1.6: Flags [P.], length 20\n"
        "\t0x0000:  8185 37fa 213d 7f9f 4d51 5889 008a 0081  ..7.!=..MQX.....\n"
        "\t0x0010:  0361 6263                                .abc\n"
    ),
    "wireshark": (
        "0000  81 85 37 fa 21 3d 7f 9f 4d 51 58 89 00 8a 00 81   ..7.!=..MQX.....\n"
        "0010  03 61 62 63                                       .abc\n"
    ),
    "wireshark, bytes only": (
        "0000   81 85 37 fa 21 3d 7f 9f 4d 51 58 89 00 8a 00 81\n0010   03 61 62 63\n"
    ),
    "wstool": (
        "     0000  81 85 37 fa 21 3d 7f 9f  4d 51 58 89 00 8a 00 81  ..7.!=..MQX...\n"
        "     0010  03 61 62 63                                       .abc\n"
    ),
}


@pytest.mark.parametrize("text", DUMPS.values(), ids=DUMPS)
def test_dumps(text):
    """Offsets and ASCII are told from the bytes."""
    assert parse_dump(text) == [DATA]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        pytest.param("0000  8a 00                  be ef", [b"\x8a\0"], id="ascii-hex"),
        pytest.param(
            "0000000 9081 6161 6161 6161 6161 6161 6161 6161\n"
            "0000010 6161 6161 6161 6161 6161 6161 6161 6161\n*\n"
            "0000040 0061\n0000041\n",
            [b"\x81\x90" + b"a" * 63],
            id="repeated-rows",
        ),
        pytest.param(
            "0000  89 00\n0000  8a 00\n", [b"\x89\0", b"\x8a\0"], id="two-packets"
        ),
        pytest.param(
            "0020  89 00 89 00\n0024  8a 00  ..\n",
            [b"\x89\0\x89\0\x8a\0"],
            id="from-the-middle",
        ),
    ],
)
def test_shapes(text, runs):
    """Rows that repeat are filled in, and a packet begins at offset 0."""
    assert parse_dump(text) == runs


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("81 05 48 65 6c 6c 6f", id="hex"),
        pytest.param("8105 4865 6c6c", id="words"),
        pytest.param("0000 8105", id="words-that-begin-with-zeros"),
        pytest.param("0000: 81 05\n0010: 81 05", id="offsets-that-do-not-fit"),
        pytest.param("0000: 81 05\n*\nfffffffff: 81", id="endless-repetition"),
    ],
)
def test_no_dump(text):
    """Hex without offsets, or with offsets that don't fit, is no dump."""
    assert parse_dump(text) is None


def test_words_are_turned_by_their_ascii():
    """Words that only turned around show as their ASCII are those of xxd -e."""
    plain = "00000000: 81054865 6c6c6f21  ..Hello!\n"
    turned = "00000000: 65480581 216f6c6c  ..Hello!\n"

    assert parse_dump(plain) == parse_dump(turned) == [b"\x81\x05Hello!"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("00000000: 65480581   6f6c6c                    ..Hello", id="3"),
        pytest.param("00000000: 0581 6548 6c6c   6f  ..Hello", id="1-of-2"),
        pytest.param("00000000:   6f6c6c65480581  ..Hello", id="7-of-8"),
        pytest.param(
            "00000000: 65480581  ..He\n00000004:   6f6c6c  llo", id="row-of-its-own"
        ),
    ],
)
def test_short_words(text):
    """The last word of xxd -e may be shorter, with blanks before it."""
    assert parse_dump(f"{text}\n") == [b"\x81\x05Hello"]


def test_offsets_in_capitals():
    """Offsets may be in capitals."""
    text = "\n".join(f"000{number:04X} {'00 ' * 15}41" for number in range(0, 192, 16))

    assert parse_dump(text) == [(bytes(15) + b"A") * 12]


def test_short_words_alone():
    """Where ASCII doesn't tell, the blanks do."""
    assert parse_dump("00000000:     0089                            ..\n") == [
        b"\x89\0"
    ]


@pytest.mark.parametrize(
    ("last", "problem", "position", "more"),
    [
        pytest.param("0000001", "the last line is cut off", 26, b"", id="offset"),
        pytest.param("0000000", "the last line is cut off", 26, b"", id="offset-zero"),
        pytest.param(
            "00000004: 48656", "odd number of hex digits: 48656", 36, b"", id="word"
        ),
        pytest.param(
            "00000004: 4865 6c6", "odd number of hex digits: 6c6", 41, b"He", id="half"
        ),
    ],
)
def test_last_line_that_is_cut_off(last, problem, position, more):
    """Of a dump whose last line is cut off, it is known what is before that."""
    text = f"00000000: 8105 4865  ..He\n{last}"

    with pytest.raises(HexInvalid) as caught:
        parse_dump(text)

    error = caught.value
    assert (error.problem, error.position) == (problem, position)
    assert error.before == [b"\x81\x05He" + more]


def test_word_that_is_cut_off():
    """A word of xxd -e that is cut off is not taken for a short one."""
    with pytest.raises(HexInvalid, match="the last line is cut off") as caught:
        parse_dump("00000000: 65480581  ..He\n00000004: 6c6c")

    assert caught.value.before == [b"\x81\x05He"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0000000 201 005\n0000002\n", "octal, not in hex: try od -tx1"),
        ("0000000 81ab 4865\n", None),
        ("some words\nmore words\n", None),
        ("", None),
    ],
)
def test_names(text, name):
    """Dumps of other kinds have names."""
    assert name_dump(text) == name


@given(st.text(alphabet="0123456789abcdefABCDEF: *\n\t|.x"))
@example("0000000 41\n000000A 41")
def test_any_text(text):
    """Any text is a dump or none, or one that is cut off."""
    try:
        parse_dump(text)
    except HexInvalid as error:
        assert error.before


@given(st.binary(min_size=1, max_size=70))
def test_round_trip(data):
    """Any bytes can be read from a dump."""
    rows = [data[start : start + 16] for start in range(0, len(data), 16)]
    text = "\n".join(
        f"{16 * number:08x}: {row.hex(' '):47}   {'a1' * 8}"
        for number, row in enumerate(rows)
    )
    assert parse_dump(text) == [data]
