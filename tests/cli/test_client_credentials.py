"""Passwords that are asked for, and the warning about those that others can read."""

from __future__ import annotations

import subprocess

import pytest

from support.answering import Answering, redirect
from support.command import LIMIT, WSTOOL, run, serving
from support.screen import CTRL_C, terminal


QUESTION = "Password for me: "


def test_prompt():
    """A missing password is asked for once, and doesn't show."""
    with Answering() as server, terminal("listen", server.url, "-u", "me") as screen:
        screen.wait_for(QUESTION.rstrip())
        screen.type("s3cret\r")
        assert screen.wait() == 0
        assert screen.lines == [
            QUESTION.rstrip(),
            "wstool: the peer closed the connection: 1000 (normal closure)",
        ]
    assert server.find_headers()["authorization"] == "Basic bWU6czNjcmV0"


def test_prompt_interrupted():
    """Ctrl-C ends it with the terminal as it was."""
    with (
        Answering() as server,
        terminal("listen", server.url, "-u", "me") as screen,
        terminal("--version") as other,
    ):
        assert other.wait() == 0
        screen.wait_for(QUESTION.rstrip())
        assert screen.modes != other.modes
        screen.type(f"s3c{CTRL_C}")
        assert screen.wait() == 130
        assert screen.modes == other.modes
    assert server.requests == []


def test_prompt_with_data_on_stdin():
    """Without a terminal nothing is asked, and the data isn't taken for a password."""
    with Answering() as server:
        done = subprocess.run(
            [WSTOOL, "send", server.url, "-u", "me"],
            input="s3cret\n",
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=LIMIT,
        )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "wstool: Password for me: no terminal to ask on "
        "(try -u me:PASSWORD or -u @FILE)\n",
    )
    assert server.requests == []


def test_interactive():
    """A prompt for messages comes behind the one for the password."""
    with serving("-q") as (url, _), terminal("connect", url, "-u", "me") as screen:
        screen.wait_for(QUESTION.rstrip())
        screen.type("pw\r")
        screen.wait_for("Ctrl-D closes")
        screen.type("hello\r")
        screen.wait_for(" < text 5 bytes  hello")
        screen.type("\x04")
        assert screen.wait() == 0


WARNING = "wstool: credentials go to name.invalid unencrypted (try wss://)"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-u", "me:pw"),
        ("--bearer", "x"),
        ("-b", "a=b"),
        ("-b", "FILES/cookies"),
        ("--netrc-file", "FILES/netrc"),
        ("-H", "@FILES/headers"),
        ("--header-command", "cat FILES/headers"),
    ],
)
def test_warning(tmp_path, arguments):
    """Whatever way credentials came, they are worth a warning where others listen."""
    (tmp_path / "cookies").write_text("name.invalid\tFALSE\t/\tFALSE\t0\ta\tb\n")
    (tmp_path / "netrc").write_text("default login me password pw\n")
    (tmp_path / "headers").write_text("Cookie: a=b\n")
    arguments = [word.replace("FILES", str(tmp_path)) for word in arguments]
    outcome = run("listen", "ws://name.invalid/", *arguments)
    assert outcome.status == 3
    assert outcome.stderr.splitlines()[0] == WARNING
    assert outcome.stderr.count("credentials") == 1


def test_warning_after_a_redirect(tmp_path):
    """A redirect away from this machine is worth the warning as well."""
    (tmp_path / "netrc").write_text("default login me password pw\n")
    with Answering({"/": redirect("ws://name.invalid/")}) as server:
        outcome = run(
            "listen", server.url, "-L", "--netrc-file", str(tmp_path / "netrc")
        )
    assert outcome.stderr.splitlines()[0] == WARNING
