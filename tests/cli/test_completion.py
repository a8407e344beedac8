"""The words that bash gives, taken from its line."""

from __future__ import annotations

import pytest
from click.shell_completion import get_completion_class

from wstool.cli._completion import register_completion


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("wstool ", ([], ""), id="none"),
        pytest.param("wstool se", ([], "se"), id="command"),
        pytest.param("wstool send @pr", (["send"], "@pr"), id="at-sign"),
        pytest.param("wstool send @p --li", (["send", "@p"], "--li"), id="behind-it"),
        pytest.param("wstool send 'a b' ", (["send", "a b"], ""), id="quoted"),
        pytest.param("wstool send 'a b", (["send"], "a b"), id="open-quote"),
        pytest.param("wstool", ([], ""), id="alone"),
    ],
)
def test_words(monkeypatch, line, words):
    """The at sign stays with what follows it."""
    register_completion()
    monkeypatch.setenv("COMP_LINE", line)
    assert make_completion().get_completion_args() == words


def test_without_line(monkeypatch):
    """An older script, which gives no line, is served as before."""
    register_completion()
    monkeypatch.setenv("COMP_WORDS", "wstool se")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert make_completion().get_completion_args() == ([], "se")


def make_completion():
    """Make what completes for bash."""
    return get_completion_class("bash")(None, {}, "wstool", "_WSTOOL_COMPLETE")
