"""The commands that show, keep and copy."""

from __future__ import annotations

import asyncio
import json
import os
import stat

import pytest

from wstool.cli._connect.actions import perform
from wstool.cli._connect.commands import COMMANDS
from wstool.wire.opcode import Opcode

from support.talking import play


def test_help():
    """The help lists every command with its arguments, the keys and the snippets."""

    async def scene(stage):
        assert perform(stage.context, "/help")
        shown = stage.take_screen()
        for command in COMMANDS.values():
            assert f"{command.usage} | {command.help}\n" in shown
        assert "Ctrl-D | close politely, and leave\n" in shown
        assert shown.endswith("note: snippets: /hello, /ticker\n")

    play(scene, snippets=("hello", "ticker"))


def test_help_of_a_command():
    """The help of one command says no more than that; of /set also its options."""

    async def scene(stage):
        perform(stage.context, "/help close")
        assert stage.take_screen() == (
            "/close [CODE [REASON]] | close the connection, and stay here\n"
        )
        perform(stage.context, "/help /set")
        assert "fold | rows that a message may take" in stage.take_screen()
        assert not perform(stage.context, "/help nothing")
        assert stage.take_screen() == "error: there is no command /nothing\n"

    play(scene)


def test_show():
    """A message is shown whole by its number; without one, the last are listed."""

    async def scene(stage):
        assert not perform(stage.context, "/show")
        assert stage.take_screen() == "error: there are no messages yet\n"
        stage.line.receive(b"one", b"two\nlines")
        stage.line.receive(b"\xff", opcode=Opcode.BINARY)
        perform(stage.context, "three")
        stage.take_screen()

        perform(stage.context, "/show 2")
        assert stage.take_screen() == "#2 < two\nlines (whole)\n"
        perform(stage.context, "/show")
        assert stage.take_screen() == (
            "#1 | < | text | 3 bytes | one\n"
            "#2 | < | text | 9 bytes | two\nlines\n"
            "#3 | < | binary | 1 byte | \\xff\n"
            "#4 | > | text | 5 bytes | three\n"
        )

    play(scene)


def test_copy():
    """A message goes to the clipboard: text as it is, binary as hex."""

    async def scene(stage):
        stage.line.receive("grüße".encode())
        stage.line.receive(b"\xff\x00", opcode=Opcode.BINARY)
        stage.take_screen()

        assert perform(stage.context, "/copy 1")
        assert perform(stage.context, "/copy 2")
        assert stage.copied == ["grüße", "ff00"]
        assert stage.take_screen() == (
            "note: copied message 1, 7 bytes\nnote: copied message 2, 2 bytes\n"
        )

    play(scene)


def test_copy_too_large():
    """What a terminal's clipboard wouldn't take isn't cut, but refused."""

    async def scene(stage):
        stage.line.receive(b"x" * 80_000)
        assert not perform(stage.context, "/copy 1")
        assert stage.copied == []
        assert "80000 bytes are more than" in stage.take_screen()

    play(scene)


def test_save_message(tmp_path):
    """A message is saved as its bytes, to a file that doesn't exist yet."""

    async def scene(stage):
        stage.line.receive(b"\xff\x00", opcode=Opcode.BINARY)
        stage.take_screen()

        assert perform(stage.context, f"/save 1 {tmp_path}/my file")
        assert (tmp_path / "my file").read_bytes() == b"\xff\x00"
        assert stage.take_screen() == (
            f"note: saved message 1, 2 bytes, to {tmp_path}/my file\n"
        )
        assert not perform(stage.context, f"/save 1 {tmp_path}/my file")
        assert stage.take_screen() == (
            f"error: can't write to {tmp_path}/my file: file exists\n"
        )

    play(scene)


@pytest.mark.parametrize("number", ["1", "#1", "7"])
def test_save_without_file(number, tmp_path, monkeypatch):
    """A number alone is no file: it would be all messages that are saved."""
    monkeypatch.chdir(tmp_path)

    async def scene(stage):
        stage.line.receive(b"in")
        stage.take_screen()
        assert not perform(stage.context, f"/save {number}")
        assert stage.take_screen() == (
            f"error: usage: /save {number} FILE for that message, "
            f"/save ./{number} for all there are\n"
        )
        assert list(tmp_path.iterdir()) == []
        assert perform(stage.context, f"/save ./{number}")
        assert (tmp_path / number).exists()

    play(scene)


def test_save_all(tmp_path):
    """All messages that are kept are saved as JSON lines."""

    async def scene(stage):
        stage.line.receive(b"in")
        perform(stage.context, "out")
        assert perform(stage.context, f"/save {tmp_path}/all.jsonl")

        lines = (tmp_path / "all.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == [
            {
                "time": "2023-11-14T22:13:20.000000Z",
                "direction": direction,
                "type": "text",
                "data": data,
            }
            for direction, data in (("received", "in"), ("sent", "out"))
        ]

    play(scene)


def test_record(tmp_path):
    """What happens from now on is recorded, until that's enough."""
    path = tmp_path / "log.jsonl"

    async def scene(stage):
        stage.line.receive(b"before")
        assert perform(stage.context, f"/record {path}")
        stage.line.receive(b"within")
        transcript = stage.conversation.transcript
        assert perform(stage.context, "/record off")
        assert not perform(stage.context, "/record off")
        stage.line.receive(b"after")
        await asyncio.wait_for(transcript.finish(), 10)

        (line,) = path.read_text().splitlines()
        assert json.loads(line)["data"] == "within"
        assert stat.S_ISREG(os.stat(path).st_mode)

    play(scene)


def test_record_refused(tmp_path):
    """A file that can't be written is told, and what was recorded before goes on."""

    async def scene(stage):
        assert not perform(stage.context, f"/record {tmp_path}")
        assert "can't write to" in stage.take_screen()
        assert stage.conversation.transcript is None

    play(scene)


def test_filter():
    """Only messages that match are drawn; what is sent always is."""

    async def scene(stage):
        assert perform(stage.context, "/filter ^a|ü")
        stage.take_screen()
        stage.line.receive(b"apple", b"pear", "früh".encode())
        perform(stage.context, "pear")
        assert stage.take_screen() == "#1 < apple\n#3 < früh\n#4 > pear\n"

        assert perform(stage.context, "/filter off")
        stage.line.receive(b"pear")
        assert stage.take_screen() == (
            "note: all messages are drawn again; 1 were not\n#5 < pear\n"
        )
        assert not perform(stage.context, "/filter (")
        assert "not a regular expression" in stage.take_screen()

    play(scene)


def test_filter_of_bytes():
    """A byte that isn't UTF-8 can be typed, and found in a binary message."""

    async def scene(stage):
        assert perform(stage.context, "/filter \udcff")
        stage.take_screen()
        stage.line.receive(b"a\xff", b"a", opcode=Opcode.BINARY)
        assert stage.take_screen() == "#1 < a\\xff\n"

    play(scene)


def test_mute():
    """Muted, messages received are counted only; each /mute turns it round."""

    async def scene(stage):
        perform(stage.context, "/mute")
        stage.take_screen()
        stage.line.receive(b"a", b"b")
        assert stage.take_screen() == ""
        assert stage.context.feed.hidden == 2
        perform(stage.context, "/mute")
        stage.take_screen()
        stage.line.receive(b"c")
        assert stage.take_screen() == "#3 < c\n"
        assert not perform(stage.context, "/mute maybe")

    play(scene)


def test_history():
    """The last lines that were typed are listed."""

    async def scene(stage):
        stage.context.typed = lambda: ["one", "two", "three"]
        perform(stage.context, "/history 2")
        assert stage.take_screen() == "two\nthree\n"
        assert not perform(stage.context, "/history x")
        assert not perform(stage.context, "/history 0")

    play(scene)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/set fold 5", "note: fold is 5\n"),
        ("/set format hex", "note: format is hex\n"),
        ("/format table", "note: format is table\n"),
        ("/set fold x", "error: fold is a number, not x\n"),
        (
            "/format yaml",
            "error: format is one of raw, json, hex, table, not yaml\n",
        ),
        (
            "/set color on",
            "error: there is no option color; there are "
            "binary, fold, format, pings, timestamps\n",
        ),
    ],
)
def test_set(line, shown):
    """An option is set, or it's told what is wrong."""

    async def scene(stage):
        assert perform(stage.context, line) is shown.startswith("note")
        assert stage.take_screen() == shown

    play(scene)


def test_set_shows_all():
    """Without arguments all options are shown with their values."""

    async def scene(stage):
        perform(stage.context, "/set")
        assert stage.take_screen().splitlines()[1:3] == [
            "fold | 20 | rows that a message may take; 0 for any number",
            "format | json | how payloads look",
        ]

    play(scene)


def test_stats():
    """The counts of both directions are shown."""

    async def scene(stage):
        stage.line.receive(b"abc", b"d")
        perform(stage.context, "xyz")
        stage.take_screen()
        perform(stage.context, "/stats")
        shown = stage.take_screen()
        assert "received | 2 messages, 4 bytes\n" in shown
        assert "sent | 1 message, 3 bytes\n" in shown

    play(scene)


def test_headers():
    """What was agreed is shown, also where the handshake wasn't seen."""

    async def scene(stage):
        perform(stage.context, "/headers")
        assert stage.take_screen() == "subprotocol | none\ncompression | none\n"
        stage.line.end()
        stage.take_screen()
        assert not perform(stage.context, "/headers")
        assert stage.take_screen() == "error: there was no handshake yet\n"

    play(scene)
