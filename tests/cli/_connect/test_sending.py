"""The commands that send."""

from __future__ import annotations

import asyncio
import os

import pytest

from wstool.cli._connect.actions import perform
from wstool.errors import ConnectionLost
from wstool.wire.opcode import Opcode

from support.talking import play


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("/text hello  there", [(Opcode.TEXT, b"hello  there")]),
        ("/text", [(Opcode.TEXT, b"")]),
        ("/text two\nlines", [(Opcode.TEXT, b"two\nlines")]),
        ("/text  blanks ", [(Opcode.TEXT, b" blanks ")]),
        ("/binary 00 ff 10", [(Opcode.BINARY, b"\x00\xff\x10")]),
        ("/binary aGVsbG8=", [(Opcode.BINARY, b"hello")]),
        ("/fragment 2 hello", [(Opcode.TEXT, p) for p in (b"he", b"ll", b"o")]),
        ("/fragment 3  a\tb  ", [(Opcode.TEXT, p) for p in (b" a\t", b"b  ")]),
        ("/fragment  9 a", [(Opcode.TEXT, b"a")]),
        ("/pong are you there", [(Opcode.PONG, b"are you there")]),
        ("/ping are you there", [(Opcode.PING, b"are you there")]),
    ],
)
def test_sent(line, sent):
    """Each command sends what it says."""

    async def scene(stage):
        assert perform(stage.context, line)
        assert stage.sent == sent

    play(scene)


@pytest.mark.parametrize(
    "line", ["/file a\0b", "/binary @a\0b", "/save a\0b", "/record a\0b"]
)
def test_impossible_file_names(line):
    """A file name with a null byte, as a pasted text may have, is told."""

    async def scene(stage):
        assert not perform(stage.context, line)
        assert "embedded null byte" in stage.take_screen()

    play(scene)


def test_binary_setting():
    """What is typed is binary after it was set so."""

    async def scene(stage):
        stage.context.settings.binary = True
        perform(stage.context, "hello")
        assert stage.sent == [(Opcode.BINARY, b"hello")]

    play(scene)


def test_ping_round_trip():
    """A ping without data gets some of its own, and its pong shows the round trip."""

    async def scene(stage):
        perform(stage.context, "/ping")
        perform(stage.context, "/ping")
        (_, first), (_, second) = stage.sent
        assert first and second and first != second
        stage.line.handler.pong_received(stage.line, first)

        shown = stage.take_screen()
        assert shown.startswith("note: pong after ")
        assert shown.endswith(f" ms, 8 bytes: {first.decode()}\n")

    play(scene)


def test_files(tmp_path):
    """A file is one message: text if it is, else binary; /binary @ is always binary."""
    (tmp_path / "text").write_bytes("grüße\n".encode())
    (tmp_path / "data").write_bytes(b"\xff\x00")

    async def scene(stage):
        assert perform(stage.context, f"/file {tmp_path}/text")
        assert perform(stage.context, f"/file {tmp_path}/data")
        assert perform(stage.context, f"/binary @{tmp_path}/text")
        assert stage.sent == [
            (Opcode.TEXT, "grüße\n".encode()),
            (Opcode.BINARY, b"\xff\x00"),
            (Opcode.BINARY, "grüße\n".encode()),
        ]

    play(scene)


def test_resend():
    """A message is sent again by its number, whichever direction it had."""

    async def scene(stage):
        stage.line.receive(b"\x01", opcode=Opcode.BINARY)
        assert perform(stage.context, "/resend 1")
        assert perform(stage.context, "/resend #2")
        assert stage.sent == [(Opcode.BINARY, b"\x01")] * 2

    play(scene)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/binary xyz", "neither hex (hex needs an even number of digits, not 3)"),
        ("/binary @/nowhere", "/nowhere: can't be read: no such file or directory"),
        ("/file /nowhere", "/nowhere: can't be read: no such file or directory"),
        ("/file /dev", "/dev: can't be read: is a directory"),
        ("/file /dev/zero", "/dev/zero: isn't a regular file"),
        ("/fragment 0 x", "SIZE is a number of bytes from 1 on, not '0'"),
        ("/fragment x y", "SIZE is a number of bytes from 1 on, not 'x'"),
        ("/fragment 3", "usage: /fragment SIZE TEXT"),
        ("/fragment  ", "usage: /fragment SIZE TEXT"),
        ("/resend 1", "there is no message 1"),
        ("/resend x", "'x' isn't the number of a message"),
        ("/resend 99999999999999999999", "isn't the number of a message"),
        (f"/ping {'x' * 126}", "126 bytes are more than a control frame's 125"),
        ("/repeat 3 x", "usage: /repeat N DELAY TEXT, or /repeat off"),
        ("/repeat 0 1 x", "N is a number from 1 on, not '0'"),
        ("/repeat 2 -1 x", "DELAY is a number of seconds from 0 on, not '-1'"),
        ("/repeat 2 nan x", "DELAY is a number of seconds from 0 on, not 'nan'"),
        ("/repeat off", "nothing is being repeated"),
        ("/repeat  off ", "nothing is being repeated"),
        ("/text \udcff", "not valid UTF-8, so nothing was sent"),
        ("\udcff", "message, byte 0: text isn't valid UTF-8"),
    ],
)
def test_refused(line, problem):
    """What can't be sent is told, and nothing is sent."""

    async def scene(stage):
        assert not perform(stage.context, line)
        assert problem in stage.take_screen()
        assert stage.sent == []

    play(scene)


def test_file_too_large(tmp_path):
    """A file over --max-input isn't read to its end."""
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, 1 << 40)

    async def scene(stage):
        assert not perform(stage.context, f"/file {path}")
        assert "more than 1048576 bytes; --max-input" in stage.take_screen()

    play(scene)


def test_pipe_is_not_waited_for(tmp_path):
    """A pipe that nobody writes to doesn't make the prompt wait."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    async def scene(stage):
        assert not perform(stage.context, f"/file {path}")
        assert "isn't a regular file" in stage.take_screen()

    play(scene)


def test_repeat():
    """A message is sent so often; in the end that's told."""

    async def scene(stage):
        assert perform(stage.context, "/repeat 1200  0  x y ")
        await stage.context.repeating
        # All behind the blank that ends the delay belongs to it.
        assert stage.sent == [(Opcode.TEXT, b" x y ")] * 1200
        assert "note: repeated 1200 messages" in stage.take_screen()

    play(scene)


def test_repeat_off():
    """What is being repeated can be stopped."""

    async def scene(stage):
        perform(stage.context, "/repeat 1000 1000 x")
        await asyncio.sleep(0)
        assert perform(stage.context, "/repeat off")
        assert len(stage.sent) == 1
        assert "note: stopped repeating" in stage.take_screen()

    play(scene)


def test_repeat_ends_with_the_connection():
    """When the connection is gone, it's told how many were sent."""

    async def scene(stage):
        perform(stage.context, "/repeat 1000 0.001 x")
        await asyncio.sleep(0)
        stage.line.end(ConnectionLost("gone"))
        await stage.context.repeating
        sent = len(stage.sent)
        assert f"repeated {sent} message" in stage.take_screen()
        assert sent < 1000

    play(scene)


@pytest.mark.parametrize("line", ["/text x", "/ping", "/pong", "/fragment 1 x"])
def test_not_open(line):
    """Nothing is sent, and it's told, when there is no connection."""

    async def scene(stage):
        stage.line.end()
        stage.take_screen()
        assert not perform(stage.context, line)
        assert stage.take_screen() == "error: closed, so nothing was sent\n"

    play(scene)


def test_snippet(tmp_path, monkeypatch):
    """A snippet is sent by its name, without the line break at its end."""
    folder = tmp_path / "wstool" / "snippets"
    folder.mkdir(parents=True)
    (folder / "greeting").write_bytes(b'{"op": "hello"}\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    async def scene(stage):
        assert perform(stage.context, "/greeting")
        assert stage.sent == [(Opcode.TEXT, b'{"op": "hello"}')]

    play(scene, snippets=("greeting",))
