"""Files that options name: none of them is waited for without end."""

from __future__ import annotations

import os
import subprocess

import pytest

from support.command import LIMIT, WSTOOL, Outcome, run, serving


URL = "ws://127.0.0.1:1/"


@pytest.fixture(name="pipe")
def make_pipe(tmp_path):
    """Make a named pipe that nobody writes to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("listen", URL, "-d", "@PIPE"),
        ("connect", URL, "-d", "@PIPE"),
        ("inspect", URL, "-d", "@PIPE"),
        ("bench", URL, "--kind", "fanout", "--greeting", "@PIPE"),
        ("bench", URL, "--size", "@PIPE"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-2]}",
)
def test_pipe_without_a_writer(arguments, pipe):
    """The limit for connecting holds for what has to be read before."""
    given = [argument.replace("PIPE", pipe) for argument in arguments]
    outcome = run(*given, "--connect-timeout", "0.1", limit=10)

    assert outcome.status == 124
    assert outcome.stderr == (
        f"wstool: timed out reading {pipe} (--connect-timeout 0.1 s)\n"
    )


@pytest.mark.parametrize(
    ("option", "doing"),
    [
        ("-H", "reading files of the request"),
        ("--bearer", "reading files of the request"),
        ("--cookie", "reading files of the request"),
        ("--netrc-file", "reading files of the request"),
        ("--cacert", "reading the files of TLS"),
    ],
)
def test_pipe_read_for_each_attempt(option, doing, pipe):
    """What is read anew for each attempt has the limit of the attempt."""
    value = f"@{pipe}" if option in ("-H", "--bearer") else pipe
    outcome = run(
        *("listen", "wss://127.0.0.1:1/", option, value),
        *("--connect-timeout", "0.1"),
        limit=10,
    )

    words = f"wstool: timed out {doing} (--connect-timeout 0.1 s)\n"
    assert outcome == Outcome(124, b"", words)


def test_substituted_processes():
    """What a shell gives as the output of a command is read to its end."""
    with serving("-q") as (url, _):
        script = (
            f"{WSTOOL} connect {url} -n 1 -v -d @<(sleep 0.1; printf 'a b') "
            "-H @<(echo 'X: y') </dev/null"
        )
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, timeout=LIMIT, check=True
        )
    assert done.stdout == b"a b\n"
    assert b"> X: y" in done.stderr
