"""``wstool connect``: a prompt on a terminal, a pipe elsewhere."""

from __future__ import annotations

import re

import pytest

from support.command import run, serving
from support.screen import terminal


EMBEDDED = r"no URL given, so this talks with an echo server at ws://127\.0\.0\.1:\d+/"


def test_pipe_without_url():
    """Without URL a pipe talks with an echo server that is part of the command."""
    outcome = run("connect", stdin=b"hello\nworld")

    assert outcome.stdout == b"hello\nworld\n"
    assert outcome.status == 0
    assert re.fullmatch(f"wstool: {EMBEDDED}\n", outcome.stderr)


def test_pipe_is_send():
    """A pipe ends as send does: here, after one reply."""
    with serving("--quiet") as (url, _):
        outcome = run("connect", url, "-n", "1", stdin=b"a\nb\n")

    assert outcome == (0, b"a\n", "")


def test_pipe_without_url_quiet():
    """The embedded server is not mentioned to who wants no words."""
    assert run("connect", "-q", stdin=b"x\n") == (0, b"x\n", "")


@pytest.mark.parametrize(
    "options",
    [
        ("-n", "1"),
        ("--until", "x"),
        ("--linger", "0"),
        ("--reply-timeout", "1"),
        ("--input", "null"),
        ("-0",),
        ("--jsonl",),
        ("--reconnect", "--delivery", "reply"),
        ("--reconnect", "--no-resend"),
    ],
)
def test_pipe_options_on_a_terminal(options):
    """Options that shape a pipe are refused on a terminal, not ignored."""
    with terminal("connect", "ws://127.0.0.1:1/", *options) as shown:
        assert shown.wait() == 2
        assert "is for pipes; on a terminal, you end it." in shown.lines[-1]


def test_pipe_variables_on_a_terminal(monkeypatch):
    """A variable that shapes a pipe is meant for pipes, and passed over here."""
    monkeypatch.setenv("WSTOOL_COUNT", "1")
    with terminal("connect", "ws://127.0.0.1:1/") as shown:
        assert shown.wait() == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--init", __file__),
        ("--record", "log"),
        ("--timestamps", "off"),
        ("--no-history",),
        ("--color", "never"),
    ],
)
def test_terminal_options_in_a_pipe(options):
    """Options that shape the conversation are refused in a pipe, not ignored."""
    outcome = run("connect", "ws://127.0.0.1:1/", *options)

    assert outcome.status == 2
    assert f"{options[0]} is for terminals; this is a pipe." in outcome.stderr


def test_data_in_a_pipe(tmp_path):
    """-d comes before the lines of stdin there too."""
    path = tmp_path / "message"
    path.write_bytes(b"from a file")
    with serving("--quiet") as (url, _):
        outcome = run("connect", url, "-d", "first", "-d", f"@{path}", stdin=b"last\n")

    assert outcome == (0, b"first\nfrom a file\nlast\n", "")
