"""What a command loads: whoever computes a key doesn't wait for an event loop."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wstool.cli._group import SUBCOMMANDS

from support.misbehaving import Peer, accept, answer_close, await_frames, texts
from support.profiles import write_config
from support.tls import Issued, make_context


HEAVY = {
    "asyncio",
    "cryptography",
    "httptools",
    "json",
    "jsonschema",
    "prometheus_client",
    "prompt_toolkit",
    "rich",
    "ssl",
    "tomllib",
    "uvloop",
    "websockets",
}
# What only some options of the request need, beside the heavy ones.
OPTIONAL = {"email", "getpass", "http", "netrc", "urllib"}
# asyncio loads ssl by itself.
CLIENT = {"asyncio", "ssl"}
SERVER = Issued("server", names=["127.0.0.1"])
PIN = SERVER.pin.hex()

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
    # In front of them is what the command itself has written there.
    loaded = result.stderr.decode().rpartition("\n")[2]
    return set(loaded.split()) & (HEAVY | OPTIONAL)


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


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        pytest.param([], set(), id="plan"),
        pytest.param(["--explain", "--format", "md"], set(), id="explained"),
        pytest.param(["--format", "json"], {"json"}, id="json"),
        pytest.param(["--color", "always"], {"rich"}, id="drawn"),
        pytest.param(["--sample", "-"], set(), id="sample"),
    ],
)
def test_estimate(arguments, more):
    """A plan needs no event loop, and nothing that draws but for a terminal."""
    heavy = find_heavy("estimate", *arguments, stdin=b"one\ntwo\n") & HEAVY
    assert heavy & {"asyncio", "ssl", "json", "rich", "websockets"} == more


def test_completion():
    """Nor for the Tab key."""
    environment = {
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": "wstool se",
        "COMP_CWORD": "1",
    }
    assert find_heavy(**environment) == set()


def test_profiles(tmp_path):
    """Nor to show profiles, but what their options need; nor TOML without a profile."""
    environment = write_config(tmp_path, "[profiles.p]\nurl = 'ws://h/'\n")
    heavy = find_heavy("profiles", **environment) & HEAVY
    assert "tomllib" in heavy
    assert heavy <= {*CLIENT, "json", "tomllib"}
    assert "tomllib" not in find_heavy("send", "--help", **environment)


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
        pytest.param(
            [
                *("send", "-n", "1", "-H", "A: 1", "-u", "a:b", "-b", "a=b", "-A", "x"),
                *("-L", "x"),
            ],
            b"",
            set(),
            id="request",
        ),
    ],
)
def test_client(tmp_path, arguments, stdin, more):
    """A client loads the event loop; masking in C only for bulk data."""
    command, *options = arguments
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    environment = write_config(tmp_path, "[profiles.p]\nurl = 'ws://h/'\n")
    with Peer(*script) as peer:
        heavy = find_heavy(command, peer.url, *options, stdin=stdin, **environment)
    assert heavy == CLIENT | more


@pytest.mark.parametrize(
    ("options", "more"),
    [
        pytest.param([], set(), id="plain"),
        pytest.param(["--pin-sha256", PIN], set(), id="pin"),
        pytest.param(["-v"], {"cryptography"}, id="verbose"),
    ],
)
def test_tls(tmp_path, options, more):
    """What reads certificates is loaded only where one is shown."""
    cacert = SERVER.write_pem(tmp_path / "ca.pem", "cert")
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    with Peer(*script, context=make_context(SERVER)) as peer:
        arguments = ["send", peer.url, "x", "-n", "1", "--cacert", cacert]
        heavy = find_heavy(*arguments, *options)
    # That library loads some of what is optional by itself.
    assert heavy & HEAVY == CLIENT | more


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help(name):
    """The help of a subcommand never loads what draws on terminals, nor a loop's C."""
    assert find_heavy(name, "--help") & HEAVY <= CLIENT | {
        "json",
        "tomllib",
        "websockets",
    }


def test_prompt():
    """What the first prompt waits for is the line, not what draws messages."""
    code = "import sys, wstool.cli._connect.talk; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=30
    )
    loaded = {module.partition(".")[0] for module in result.stdout.decode().split()}
    assert "prompt_toolkit" in loaded
    assert not loaded & {"rich", "pygments", "websockets", "difflib", "json", "uvloop"}
    # Nor for what connects, which is loaded while the user reads it.
    assert b"wstool.connection.dial" not in result.stdout.split()
