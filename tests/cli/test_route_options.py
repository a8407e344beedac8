"""Options for addresses and proxies: bad ones are told by their part."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.misbehaving import Peer, accept, close


USAGE = """\
Usage: wstool listen [OPTIONS] URL
Try 'wstool listen --help' for help.

Error: """


def row(option, value, problem):
    """Write a row of the table."""
    name = "'-x' / '--proxy'" if option == "-x" else f"'{option}'"
    return pytest.param(
        (option, value),
        f"Invalid value for {name}: {problem}\n",
        id=f"{option}={value[:30]}",
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        row("--resolve", "a", "'a' isn't HOST:PORT:ADDRESS[,ADDRESS]..."),
        row("--resolve", "a:80", "'a:80' isn't HOST:PORT:ADDRESS[,ADDRESS]..."),
        row("--resolve", ":80:1.2.3.4", "':80:1.2.3.4': host is missing."),
        row(
            "--resolve",
            "a:x:1.2.3.4",
            "'a:x:1.2.3.4': port 'x' isn't a number from 1 to 65535.",
        ),
        row(
            "--resolve",
            "a:80:1.2.3.4,b",
            "'a:80:1.2.3.4,b': address 'b' is neither IPv4 nor IPv6.",
        ),
        row("--resolve", "[a:80:1", "'[a:80:1': brackets don't fit in '[a:80:1'."),
        row("--connect-to", "a:80", "'a:80' isn't HOST1:PORT1:HOST2:PORT2."),
        row("--connect-to", "a:1:b:2:c", "'a:1:b:2:c' isn't HOST1:PORT1:HOST2:PORT2."),
        row(
            "--connect-to",
            "a:0:b:2",
            "'a:0:b:2': port '0' isn't a number from 1 to 65535.",
        ),
        row(
            "--connect-to",
            "::[::1]x:2",
            "'::[::1]x:2': brackets don't fit in '[::1]x:2'.",
        ),
        row("--interface", "if!", "'if!' names nothing."),
        row("--unix-socket", "", "a path of 0 bytes isn't one of 1 to 107."),
        row("--unix-socket", "é" * 54, "a path of 108 bytes isn't one of 1 to 107."),
        row(
            "--abstract-unix-socket",
            "x" * 108,
            "a path of 108 bytes isn't one of 1 to 107.",
        ),
        row(
            "-x",
            "ftp://me:secret@host",
            "scheme 'ftp' of the proxy isn't one of http, https, socks, socks4, "
            "socks4a, socks5, socks5h.",
        ),
        row("-x", "host:99999", "port '99999' isn't a number from 1 to 65535."),
    ],
)
def test_bad_value(arguments, problem):
    """A value that doesn't fit is a usage error that names the part."""
    outcome = run("listen", "ws://127.0.0.1:1", *arguments)
    assert outcome == Outcome(2, b"", f"{USAGE}{problem}")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-4", "-6"], "--ipv4 and --ipv6 exclude each other."),
        (
            ["--unix-socket", "a", "--abstract-unix-socket", "b"],
            "--unix-socket and --abstract-unix-socket exclude each other.",
        ),
        (
            ["--unix-socket", "a", "-x", "http://b"],
            "a Unix socket can't be reached through --proxy.",
        ),
    ],
)
def test_options_that_exclude_each_other(arguments, problem):
    """Options of which only one can hold are a usage error."""
    outcome = run("listen", "ws://127.0.0.1:1", *arguments)
    assert outcome == Outcome(2, b"", f"{USAGE}{problem}\n")


def listen_to(url, peer, *arguments, **options):
    """Run listen with PORT in its arguments put in; give status and stderr."""
    port = peer.target.rpartition(":")[2]
    given = [argument.replace("PORT", port) for argument in arguments]
    outcome = run("listen", url.replace("PORT", port), "-q", *given, **options)
    return outcome.status, outcome.stderr


@pytest.mark.parametrize(
    ("url", "arguments", "host"),
    [
        pytest.param(
            "ws://server.example:PORT",
            ["--resolve", "server.example:PORT:127.0.0.1"],
            "server.example:PORT",
            id="resolve",
        ),
        pytest.param(
            "ws://server.example:PORT",
            ["--resolve", "+*:PORT:[127.0.0.1],127.0.0.2"],
            "server.example:PORT",
            id="resolve-any",
        ),
        pytest.param(
            "ws://[fd00::1]:PORT",
            ["--resolve", "[fd00::1]:PORT:127.0.0.1"],
            "[fd00::1]:PORT",
            id="resolve-number",
        ),
        pytest.param(
            "ws://server.example",
            ["--connect-to", "server.example:80:127.0.0.1:PORT"],
            "server.example",
            id="connect-to",
        ),
        pytest.param(
            "ws://server.example:PORT",
            ["--connect-to", "::127.0.0.1:"],
            "server.example:PORT",
            id="connect-to-any-port",
        ),
        pytest.param(
            "ws://[fd00::1]",
            ["--connect-to", "[fd00::1]:80:127.0.0.1:PORT"],
            "[fd00::1]",
            id="connect-to-from-number",
        ),
        pytest.param(
            "ws://localhost:PORT",
            ["-4", "--interface", "127.0.0.1"],
            "localhost:PORT",
            id="ipv4",
        ),
    ],
)
def test_addresses(url, arguments, host):
    """Where to connect to is one thing, what the server is told another."""
    with Peer(accept(), close(1000)) as peer:
        assert listen_to(url, peer, *arguments) == (0, "")
    port = peer.target.rpartition(":")[2]
    assert f"\r\nHost: {host.replace('PORT', port)}\r\n".encode() in peer.request


def test_other_family():
    """An address of the other family contradicts the option."""
    assert run("listen", "ws://127.0.0.1:1", "-6") == Outcome(
        3,
        b"",
        "wstool: can't connect to 127.0.0.1:1: an IPv4 address contradicts -6/--ipv6\n",
    )


def test_proxy_credentials_of_a_file(tmp_path):
    """A file that doesn't hold credentials is told by its name."""
    path = tmp_path / "secret"
    path.write_text("me\n")
    outcome = run("listen", "ws://127.0.0.1:1", "-x", "127.0.0.1:1", "-U", f"@{path}")
    assert outcome == Outcome(11, b"", f"wstool: @{path}: not USER:PASSWORD\n")


def test_connect_without_url_needs_no_proxy():
    """The embedded server is reached without the environment's proxy."""
    environment = {"http_proxy": "127.0.0.1:1"}
    outcome = run("connect", "-n", "1", "-q", stdin=b"x\n", environment=environment)
    assert outcome == Outcome(0, b"x\n", "")


@pytest.mark.parametrize("option", ["-6", "--connect-to=::127.0.0.1:1"])
def test_connect_without_url_needs_no_way(option):
    """Nor does what leads other connections elsewhere lead there."""
    outcome = run("connect", "-n", "1", "-q", option, stdin=b"x\n")
    assert outcome == Outcome(0, b"x\n", "")


def test_connect_without_url_to_a_unix_socket(tmp_path):
    """Who names a socket doesn't want a server of our own."""
    path = tmp_path / "socket"
    outcome = run("connect", "-n", "1", "-q", "--unix-socket", path, stdin=b"x\n")
    assert outcome.stderr == (
        f"wstool: can't connect to Unix socket {path}: no such file or directory\n"
    )
