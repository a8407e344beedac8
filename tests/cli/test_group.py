"""The group: what it says of its subcommands, and that it loads them late."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wstool.cli._group import SUBCOMMANDS, load_subcommand
from wstool.cli._status import render_statuses

from support.command import run


# Runs the command, and names on stderr the subcommands that were loaded for it.
LOADED = """
import sys
from wstool.cli._main import _run
_run()
names = [name for name in sys.modules if name.startswith("wstool.cli.")]
sys.stderr.write(" ".join(name for name in names if "._" not in name))
"""

HEAD = """\
Usage: wstool [OPTIONS] COMMAND [ARGS]...

  Talk WebSocket on the command line: connect, pipe, serve, inspect, measure.

Options:
  -V, --version  Show the versions of wstool and of what it runs on.
  -h, --help     Show this message and exit.

Commands:
  connect   Talk with a server, interactively or through a pipe.
  send      Send messages to URL and print the replies.
  listen    Print the messages that the server at URL sends, until it closes.
  serve     Run a throwaway server until Ctrl-C.
  ping      Measure round trips to the server at URL with pings, until Ctrl-C.
  bench     Make load on the server at URL, and measure what it does.
  inspect   Show frames bit by bit, and each rule that they break.
  estimate  Estimate what a load needs, and what it would need by polling.
  profiles  Show the profiles of the config file, with secrets hidden.
  key       Compute the Sec-WebSocket-Accept of KEY, or make a fresh pair.

  Exit statuses:

"""


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(option):
    """The help lists subcommands and exit statuses."""
    table = "".join(f"  {line}\n" for line in render_statuses().splitlines())

    assert run(option) == (0, f"{HEAD}{table}".encode(), "")


def test_unknown_subcommand():
    """An unknown subcommand is a usage error that names one like it."""
    assert run("sned") == (
        2,
        b"",
        "Usage: wstool [OPTIONS] COMMAND [ARGS]...\n"
        "Try 'wstool --help' for help.\n"
        "\n"
        "Error: No such command 'sned'. Did you mean 'send'?\n",
    )


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_subcommand_help(name):
    """Each subcommand in the table is there, and has a help."""
    outcome = run(name, "--help")

    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.decode().startswith(f"Usage: wstool {name} [OPTIONS]")
    assert load_subcommand(name).name == name


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="help"),
        pytest.param(
            {
                "_WSTOOL_COMPLETE": "bash_complete",
                "COMP_WORDS": "wstool se",
                "COMP_CWORD": "1",
            },
            id="completion",
        ),
    ],
)
def test_loads_no_subcommand(environment):
    """Neither the group's help nor a completed subcommand loads a subcommand."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED, "-h"],
        env=environment,
        capture_output=True,
        timeout=30,
    )

    assert (result.stderr, result.returncode) == (b"", 0)
    assert result.stdout != b""
