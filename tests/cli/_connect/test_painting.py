"""How messages, sentences and tables look."""

from __future__ import annotations

import json
import re
from itertools import chain

import pytest

from wstool.cli._connect.entries import Note, Rows
from wstool.cli._connect.painting import Painter
from wstool.cli._connect.settings import Format, Settings, Timestamps
from wstool.services.interactive import Message
from wstool.wire.opcode import Opcode


STARTED = 1_700_000_000.0


class Easel:
    """A painter with the settings that it heeds, and what it has learned."""

    def __init__(self, *, columns=80, rows=24, color=False, unicode=True):
        self.settings = Settings(timestamps=Timestamps.OFF, binary=False)
        self.learned = []
        self.painter = Painter(
            self.settings,
            size=lambda: (columns, rows),
            color=color,
            unicode=unicode,
            learn=self.learned.extend,
            started=STARTED,
        )

    def paint(self, *entries, whole=False):
        """Paint entries; give the lines."""
        return self.painter.paint(entries, whole=whole).splitlines()


def text(payload, *, number=1, time=STARTED, sent=False):
    """Make a text message."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    return Message(number, time, sent, Opcode.TEXT, data)


def binary(payload, number=1):
    """Make a binary message."""
    return Message(number, STARTED, False, Opcode.BINARY, payload)


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (text("hello"), ["#1 < text 5 bytes  hello"]),
        (text("", sent=True), ["#1 > text 0 bytes"]),
        (text("a\nb"), ["#1 < text 3 bytes", "a", "b"]),
        (text("grüße, 世界"), ["#1 < text 15 bytes  grüße, 世界"]),
        (text("x" * 70), ["#1 < text 70 bytes", "x" * 70]),
        (binary(b"\x00A"), ["#1 < binary 2 bytes", f"0000  00 41{' ' * 45}.A"]),
        (binary(b""), ["#1 < binary 0 bytes"]),
        (text('{"a":1}'), ["#1 < text 7 bytes", "{", '  "a": 1', "}"]),
        (text("{not json}"), ["#1 < text 10 bytes  {not json}"]),
        (text("[red]x[/red]"), ["#1 < text 12 bytes  [red]x[/red]"]),
        (text(":smile:"), ["#1 < text 7 bytes  :smile:"]),
    ],
)
def test_message(message, lines):
    """A message has number, direction, kind and size, and what it says."""
    assert Easel().paint(message) == lines


def test_hostile_text():
    """Nothing that acts on a terminal gets there, from text, JSON or names."""
    hostile = "\x1b]0;t\x07\x1b]52;c;aGk=\x07\x1b[?1049h\x9b2J\u202e\r\x08"
    easel = Easel()
    easel.settings.format = Format.TABLE
    entries = [
        text(hostile),
        text(json.dumps({"a": hostile}, ensure_ascii=False)),
        text(json.dumps([{hostile: hostile}])),
        Note(hostile),
        Rows([(hostile, hostile)]),
        binary(hostile.encode()),
    ]
    for format_ in Format:
        easel.settings.format = format_
        for whole in (False, True):
            painted = "".join(easel.paint(*entries, whole=whole))
            assert painted.isprintable(), painted


@pytest.mark.parametrize(("items", "is_colored"), [(10, True), (20_000, False)])
def test_no_time_to_color(items, is_colored):
    """JSON is coloured unless that would take so long that it's felt at the keys."""
    message = text(json.dumps([1] * items))

    rest = Easel(color=True).paint(message, whole=True)[1:]
    assert ("\x1b" in "".join(rest)) is is_colored


def test_dumb_terminal(monkeypatch):
    """A terminal that can do little has its own width all the same."""
    monkeypatch.setenv("TERM", "dumb")

    rows = Rows([("kept", "a b"), ("sent", "x" * 10)])
    assert [len(line) for line in Easel(columns=12).paint(rows)] == [12, 12, 12]


def test_sentences():
    """The program's own sentences bear its name; further lines are indented."""
    assert Easel().paint(Note("one\ntwo"), Note("x", is_error=True)) == [
        "wstool: one",
        "  two",
        "wstool: x",
    ]


@pytest.mark.parametrize(
    ("timestamps", "stamps"),
    [
        (Timestamps.OFF, ["", ""]),
        (Timestamps.ELAPSED, ["1.500 ", "3.750 "]),
        (Timestamps.DELTA, ["+1.500 ", "+2.250 "]),
    ],
)
def test_timestamps(timestamps, stamps):
    """A message bears the time that is asked for."""
    easel = Easel()
    easel.settings.timestamps = timestamps

    assert easel.paint(
        text("a", time=STARTED + 1.5), text("b", number=2, time=STARTED + 3.75)
    ) == [f"{stamps[0]}#1 < text 1 byte  a", f"{stamps[1]}#2 < text 1 byte  b"]


def test_clock():
    """The time of day has milliseconds."""
    easel = Easel()
    easel.settings.timestamps = Timestamps.CLOCK

    (line,) = easel.paint(text("a", time=STARTED + 0.25))
    assert re.fullmatch(r"\d\d:\d\d:20\.250 #1 < text 1 byte  a", line)


def test_folded():
    """What is higher than its share is folded, and says how it's unfolded."""
    payload = "\n".join(str(number) for number in range(100))
    easel = Easel()

    lines = easel.paint(text(payload, number=7))
    assert lines[1:-1] == [str(number) for number in range(20)]
    assert lines[-1] == "… /show 7 for all 289 bytes"
    assert easel.paint(text(payload), whole=True)[1:] == payload.split("\n")


def test_folded_json():
    """JSON is folded by its lines."""
    easel = Easel(rows=10)

    lines = easel.paint(text(json.dumps(list(range(1000)))))
    assert len(lines) == 1 + 6 + 1
    assert lines[1:3] == ["[", "  0,"]


@pytest.mark.parametrize("char", ["x", "世", "e\u0301"])
def test_folded_long_line(char):
    """A line that wraps is folded by the rows it takes, wide characters included."""
    easel = Easel(columns=40, rows=10)
    easel.settings.fold = 3

    lines = easel.paint(text(char * 10_000))
    cells = {"x": 120, "世": 60, "e\u0301": 120}[char]
    assert lines[1].count(char[0]) <= cells
    assert lines[1].count(char[0]) >= cells // 3
    assert lines[2].startswith("… /show 1 for all ")


def test_not_folded():
    """Without a limit nothing is folded."""
    easel = Easel()
    easel.settings.fold = 0

    assert len(easel.paint(text("\n" * 500))) == 502


def test_small_screen():
    """On a small screen a message leaves room for others, and a dump is narrower."""
    easel = Easel(columns=40, rows=10)

    assert len(easel.paint(text("\n" * 500))) == 1 + 6 + 1
    assert max(map(len, easel.paint(binary(bytes(100))))) <= 40


def test_huge():
    """Of a message of any size only what is shown is worked on."""
    easel = Easel()
    huge = b"[" + b"1," * (8 << 20) + b"1]"

    assert easel.paint(text(huge))[2] == f"… /show 1 for all {len(huge)} bytes"
    lines = easel.paint(text(huge), whole=True)
    assert sum(map(len, lines)) < 2 << 20
    assert lines[-1] == f"… /save for all {len(huge)} bytes"


def test_ascii():
    """Without Unicode the program's own marks are ASCII."""
    assert Easel(unicode=False).paint(text("\n" * 99))[-1].startswith("... /show 1")


@pytest.mark.parametrize(
    ("format_", "lines"),
    [
        (Format.RAW, ['#1 < text 15 bytes  {"a":1,"b":"x"}']),
        (Format.JSON, ["#1 < text 15 bytes", "{", '  "a": 1,', '  "b": "x"', "}"]),
        (
            Format.HEX,
            [
                "#1 < text 15 bytes",
                "0000  7b 22 61 22 3a 31 2c 22  62 22 3a 22 78 22 7d     "
                '{"a":1,"b":"x"}',
            ],
        ),
        (Format.TABLE, ["#1 < text 15 bytes", "key  value", "a    1", "b    x"]),
    ],
)
def test_formats(format_, lines):
    """The same message, as it's asked for."""
    easel = Easel()
    easel.settings.format = format_

    assert [line.rstrip() for line in easel.paint(text('{"a":1,"b":"x"}'))] == lines


def test_table():
    """An array of objects is a table; a key that's missing leaves a gap."""
    easel = Easel()
    easel.settings.format = Format.TABLE
    message = text('[{"id":1,"name":"x"},{"id":2,"tags":["y"]}]')

    assert [line.rstrip() for line in easel.paint(message)][1:] == [
        "id  name  tags",
        "1   x",
        '2         ["y"]',
    ]
    assert easel.paint(text("[1]")) == ["#1 < text 3 bytes", "[", "  1", "]"]


def test_keys_are_learned():
    """Keys of JSON messages are handed on, for completion."""
    easel = Easel()
    easel.paint(text('{"op":{"id":1}}'), text('"no":'))

    assert easel.learned == ["op", "id"]


def test_color():
    """Colours come as escape codes of the 16 that every terminal has, or not at all."""
    colored = Easel(color=True).paint(text('{"a":[1,null,"x"]}'), Note("x"))
    codes = set(re.findall(r"\x1b\[([\d;]*)m", "".join(colored)))
    assert codes
    assert {int(c) for c in chain(*(code.split(";") for code in codes)) if c} <= {
        *(0, 1, 2),
        *range(31, 37),
    }

    plain = Easel(color=False).paint(text('{"a":[1,null,"x"]}'), Note("x"))
    assert "\x1b" not in "".join(plain)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in colored] == plain
