"""Secrets come as text, out of files or from the terminal, never from stdin."""

from __future__ import annotations

import subprocess
import sys

import pexpect
import pytest

from wstool.cli._secrets import make_credentials, read_secret
from wstool.errors import InputInvalid

from support.command import LIMIT


# With a loop, what blocks must end at a signal that the loop would only take note of.
ASK = """
import sys
from wstool.cli import _loop, _main, _secrets
from wstool.cli._group import wstool
def ask():
    print(repr(_secrets.ask("Pass\\x1bword", instead="--pass X")))
async def main(stop):
    ask()
wstool.main = lambda **_: ask() if sys.argv[1] == "plain" else _loop.run(main)
sys.exit(_main._run())
"""
QUESTION = "Pass\\x1bword: "


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        pytest.param(b"s3cret", "s3cret", id="without-line-break"),
        pytest.param(b"s3cret\n", "s3cret", id="line"),
        pytest.param(b" a b \r\n", " a b ", id="windows"),
        pytest.param("ä".encode(), "ä", id="utf-8"),
        pytest.param(b"\xff\n", "\udcff", id="not-utf-8"),
    ],
)
def test_file(tmp_path, content, secret):
    """A file holds the secret on its only line; it is read anew each time."""
    path = tmp_path / "file"
    path.write_bytes(content)
    assert read_secret(f"@{path}") == secret
    path.write_text("changed\n")
    assert read_secret(f"@{path}") == "changed"


def test_text():
    """Without the sign of a file, the text is the secret."""
    assert read_secret("a@b") == "a@b"
    assert make_credentials("a:b:c", prompt="P", option="-u")() == "a:b:c"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(None, "can't be read: no such file or directory", id="missing"),
        pytest.param(b"", "nothing in it", id="empty"),
        pytest.param(b"\n", "nothing in it", id="empty-line"),
        pytest.param(b"a:b\nc:d\n", "more than one line in it", id="lines"),
        pytest.param(b"x" * ((1 << 20) + 1), "over 1048576 bytes", id="big"),
        pytest.param(b"user\n", "not USER:PASSWORD", id="no-password"),
    ],
)
def test_file_that_does_not_fit(tmp_path, content, problem):
    """What is wrong with a file is told, and what is in it isn't."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputInvalid) as caught:
        make_credentials(f"@{path}", prompt="Password", option="-u")()
    assert str(caught.value) == f"@{path}: {problem}"


@pytest.mark.parametrize("loop", ["plain", "loop"])
@pytest.mark.parametrize(
    ("keys", "shown", "status"),
    [
        pytest.param("s\xe4\r", "\r\n's\xe4'\r\n", 0, id="answer"),
        pytest.param("s\x03", "\r\n", 130, id="ctrl-c"),
        pytest.param("\x04", f"\r\nwstool: {QUESTION}no answer\r\n", 2, id="ctrl-d"),
    ],
)
def test_terminal(loop, keys, shown, status):
    """What is typed doesn't show; Ctrl-C ends it, on a loop as well."""
    process = pexpect.spawn(
        sys.executable, ["-c", ASK, loop], timeout=LIMIT, encoding="utf-8"
    )
    process.expect_exact(QUESTION)
    process.send(keys)
    process.expect_exact(pexpect.EOF)
    process.close()
    assert shown in process.before
    assert "s\xe4" not in process.before.replace(shown, "")
    assert process.exitstatus == status


def test_no_terminal():
    """Without a terminal nothing is asked, and stdin isn't touched."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, "plain"],
        input="not a password\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=LIMIT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"wstool: {QUESTION}no terminal to ask on (try --pass X)\n",
    )
