"""What a command loads: whoever computes a key doesn't wait for an event loop."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wstool.cli._group import SUBCOMMANDS

from support.misbehaving import Peer, accept, answer_close, await_frames, texts


HEAVY = {
    "asyncio",
    "cryptography",
    "json",
    "jsonschema",
    "prometheus_client",
    "prompt_toolkit",
    "rich",
    "ssl",
    "uvloop",
    "websockets",
}
# asyncio loads ssl by itself.
CLIENT = {"asyncio", "ssl"}

# Runs the command, and names on stderr what was loaded for it.
LOADED = """
import sys
from wstool.cli._main import _run
status = _run()
sys.stderr.write(" ".join({module.partition(".")[0] for module in sys.modules}))
sys.exit(status)
"""


def find_heavy(*arguments, stdin=b"", **environment):
    """Run a command; name the heavy modules that it has loaded."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=30,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.decode().split()) & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["key"], id="key"),
        pytest.param(["key", "dGhlIHNhbXBsZSBub25jZQ=="], id="accept"),
    ],
)
def test_no_network(arguments):
    """Without a connection nothing heavy is loaded."""
    assert find_heavy(*arguments) == set()


def test_completion():
    """Nor for the Tab key."""
    environment = {
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": "wstool se",
        "COMP_CWORD": "1",
    }
    assert find_heavy(**environment) == set()


@pytest.mark.parametrize(
    ("arguments", "stdin", "more"),
    [
        pytest.param(["send", "-n", "1", "x"], b"", set(), id="send"),
        pytest.param(["send", "-n", "1"], b"x\n", set(), id="send-stdin"),
        pytest.param(
            ["send", "-n", "1"], b"x" * 99_999 + b"\n", {"websockets"}, id="send-bulk"
        ),
        pytest.param(["listen", "-n", "1", "-d", "x"], b"", set(), id="listen"),
        pytest.param(
            ["listen", "-n", "1", "-d", "x", "--jsonl"], b"", {"json"}, id="jsonl"
        ),
        pytest.param(["connect", "-n", "1"], b"x\n", set(), id="connect-in-a-pipe"),
    ],
)
def test_client(arguments, stdin, more):
    """A client loads the event loop; masking in C only for bulk data."""
    command, *options = arguments
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    with Peer(*script) as peer:
        heavy = find_heavy(command, peer.url, *options, stdin=stdin)
    assert heavy == CLIENT | more


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help(name):
    """The help of a subcommand never loads what draws on terminals, nor a loop's C."""
    assert find_heavy(name, "--help") <= CLIENT | {"json", "websockets"}
