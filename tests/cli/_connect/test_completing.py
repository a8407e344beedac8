"""What the Tab key offers."""

from __future__ import annotations

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from wstool.cli._connect.commands import COMMANDS
from wstool.cli._connect.completing import KeyStore, LineCompleter, is_command_name


def complete(text, *, keys=(), snippets=()):
    """Give the texts that a completion would make of what is typed."""
    store = KeyStore()
    store.learn(keys)
    completer = LineCompleter(store, lambda: list(snippets))
    return [
        text[: len(text) + found.start_position] + found.text
        for found in completer.get_completions(Document(text), CompleteEvent())
    ]


def test_commands():
    """A slash offers all commands; those with arguments get a space."""
    offered = complete("/")

    assert [line.strip() for line in offered] == [f"/{name}" for name in COMMANDS]
    assert complete("/st") == ["/stats"]
    assert complete("/sh") == ["/show "]


def test_snippets():
    """Snippets are offered beside the commands; a command's name is the command."""
    assert complete("/he", snippets=["hello", "help"]) == [
        "/help ",
        "/headers",
        "/hello",
    ]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("/format ", ["/format raw", "/format json", "/format hex", "/format table"]),
        ("/format h", ["/format hex"]),
        ("/format hex ", []),
        ("/set pi", ["/set pings"]),
        ("/set pings ", ["/set pings on", "/set pings off"]),
        ("/set nothing ", []),
        ("/mute o", ["/mute on", "/mute off"]),
        ("/help sta", ["/help stats"]),
        ("/nothing x", []),
        ("//st", []),
        ("hello /st", []),
    ],
)
def test_arguments(text, offered):
    """Arguments are completed where the values are known."""
    assert complete(text) == offered


def test_file_names(tmp_path):
    """Names of files are completed where a file is meant, and behind an @."""
    (tmp_path / "message.json").touch()
    (tmp_path / "other").touch()

    for command in ("/file ", "/binary @", "/record ", "/save ", "/save 3 "):
        assert complete(f"{command}{tmp_path}/me") == [
            f"{command}{tmp_path}/message.json"
        ]
    assert complete(f"/stats {tmp_path}/me") == []


def test_json_keys():
    """In JSON, the keys that have been seen are completed."""
    keys = ["id", "op", "options"]

    assert complete('{"o', keys=keys) == ['{"op": ', '{"options": ']
    assert complete('[{"a": 1, "i', keys=keys) == ['[{"a": 1, "id": ']
    assert complete('"o', keys=keys) == []
    assert complete('{"op": ', keys=keys) == []


def test_keys_are_bounded():
    """A peer that makes up ever new keys doesn't fill the memory."""
    store = KeyStore()
    store.learn(f"key{number}" for number in range(5000))

    assert len(store.find("")) == 1000
    assert store.find("key4999") == ["key4999"]
    assert store.find("key0") == []


def test_hostile_keys():
    """What would act on the terminal is never offered."""
    store = KeyStore()
    store.learn(["a\u202eb", "c"])

    assert store.find("") == ["c"]


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("/", True), ("/he", True), ("/help ", False), ("//", False), ("x", False)],
)
def test_command_name(text, is_name):
    """Only the name of a command is completed while it's typed."""
    assert is_command_name(text) is is_name
