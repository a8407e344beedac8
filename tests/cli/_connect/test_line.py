"""The line that is typed."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from wstool.cli._connect.line import Line, wants_vi_keys

from support.screen import ALT_ENTER, CTRL_C, CTRL_D


class Typist:
    """Type at a line, and keep what becomes of it."""

    def __init__(self, *, refuse=(), vi=False):
        self.submitted = []
        self.interrupts = []
        self.refuse = refuse
        self.vi = vi

    def type(self, *keys):
        """Type, one thing after the other, and leave."""

        async def run():
            with create_pipe_input() as pipe, create_app_session(input=pipe):
                line = Line(
                    output=DummyOutput(),
                    history=InMemoryHistory(),
                    completer=DummyCompleter(),
                    submit=self._submit,
                    interrupt=self.interrupts.append,
                    toolbar=lambda: "",
                    vi=self.vi,
                )
                self.line = line
                for text in keys:
                    pipe.send_text(text)
                await line.run()

        asyncio.run(asyncio.wait_for(run(), 10))
        return self.submitted

    def _submit(self, text):
        self.submitted.append(text)
        if text == "leave":
            self.line.leave()
        return text not in self.refuse


def test_lines():
    """Enter submits the line; Ctrl-D leaves where the line is empty."""
    assert Typist().type("one\r", "two\r", "\r", CTRL_D) == ["one", "two", ""]


def test_several_rows():
    """Alt-Enter makes another row of the same message."""
    assert Typist().type(f"a{ALT_ENTER}b\r", CTRL_D) == ["a\nb"]


def test_pasted():
    """What is pasted is one message, whatever ends its lines."""
    typed = Typist().type("\x1b[200~a\r\nb\rc\n\x1b[201~", "\r", CTRL_D)
    assert typed == ["a\nb\nc\n"]


def test_refused_line_stays():
    """A line that can't be done with stays to be mended."""
    typist = Typist(refuse=("/nope",))
    assert typist.type("/nope\r", "!\r", CTRL_D) == ["/nope", "/nope!"]


def test_interrupts():
    """Ctrl-C clears the line; on an empty one it's told, and if it was the second."""
    typist = Typist()
    typist.type("text", CTRL_C, CTRL_C, CTRL_C, "x\r", CTRL_C, CTRL_D)

    assert typist.submitted == ["x"]
    assert typist.interrupts == [False, True, False]


def test_delete_is_not_leave():
    """Ctrl-D within a text deletes a letter, as everywhere."""
    assert Typist().type("ab\x02", CTRL_D, "\r", CTRL_D) == ["a"]


def test_leave():
    """The program can end it as well."""
    assert Typist().type("leave\r") == ["leave"]


def test_vi():
    """With vi's keys Escape leads to the commands of vi."""
    assert Typist(vi=True).type("abc\x1b", "0x", "\r", CTRL_D) == ["bc"]


@pytest.mark.parametrize(
    ("text", "vi"),
    [
        ("", False),
        ("set editing-mode vi\n", True),
        ("  Set  Editing-Mode  VI \n", True),
        ("# set editing-mode vi\n", False),
        ("set editing-mode vi\nset editing-mode emacs\n", False),
        ("set editing-mode vim\n", False),
    ],
)
def test_inputrc(tmp_path, monkeypatch, text, vi):
    """The user's inputrc says whose keys they are."""
    path = tmp_path / "rc"
    path.write_text(text)
    monkeypatch.setenv("INPUTRC", str(path))

    assert wants_vi_keys() is vi


def test_inputrc_of_home(tmp_path, monkeypatch):
    """Without INPUTRC it's ~/.inputrc; a missing one is no error."""
    monkeypatch.delenv("INPUTRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert wants_vi_keys() is False
    (tmp_path / ".inputrc").write_text("set editing-mode vi\n")
    assert wants_vi_keys() is True
    monkeypatch.setenv("INPUTRC", "/nowhere/rc")
    assert wants_vi_keys() is False
