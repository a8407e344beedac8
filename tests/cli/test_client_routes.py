"""The way to a server, as the command line tells of it: a row for each failure."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager

import pytest

from support.command import Outcome, run, start
from support.misbehaving import (
    Peer,
    accept,
    await_end,
    await_request,
    close,
    end_stream,
    mark,
    reply,
    reset,
)


ESTABLISHED = b"HTTP/1.1 200 OK\r\n\r\n"
FILTERED = (
    b"HTTP/1.1 403 Filtered\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 18\r\n\r\nnot at work,\x1b[31m\n"
)
ENDLESS = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99\r\n\r\nno"
WANTS_CREDENTIALS = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
)
BUSY = (
    b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nlate\r\n0\r\n\r\n"
)
PREFIX = "wstool: can't connect to server.example: the proxy http://PEER "
LIMITED = ("--connect-timeout", "0.3")


def row(name, script, status, stderr, *arguments):
    """Write a row of the table."""
    outcome = Outcome(status, b"", "".join(f"{line}\n" for line in stderr))
    return pytest.param(script, arguments, outcome, id=name)


@pytest.mark.parametrize(
    ("script", "arguments", "outcome"),
    [
        row(
            "refused",
            [reply(FILTERED), await_end],
            3,
            [f"{PREFIX}refused: HTTP 403 Filtered", "  not at work,\\x1b[31m"],
        ),
        row(
            "wants-credentials",
            [reply(WANTS_CREDENTIALS), await_end],
            3,
            [
                f"{PREFIX}refused: HTTP 407 Proxy Authentication Required "
                "(try --proxy-user)",
                '  Proxy-Authenticate: Basic realm="x"',
            ],
        ),
        row(
            "busy",
            [reply(BUSY), await_end],
            3,
            [f"{PREFIX}refused: HTTP 503 Busy", "  Retry-After: 120", "  late"],
        ),
        row(
            "refused-without-end",
            [reply(ENDLESS), await_end],
            3,
            [
                f"{PREFIX}refused: HTTP 502 Bad Gateway",
                "  no",
                "  [the rest of the body did not come in time]",
            ],
            *LIMITED,
        ),
        row(
            "refused-and-reset",
            [reply(ENDLESS), reset],
            3,
            [
                f"{PREFIX}refused: HTTP 502 Bad Gateway",
                "  no",
                "  [the rest of the body did not come: connection reset by peer]",
            ],
        ),
        row(
            "silent",
            [await_request, await_end],
            124,
            [
                "wstool: timed out waiting for the proxy http://PEER "
                "(--connect-timeout 0.3 s)"
            ],
            *LIMITED,
        ),
        row(
            "end",
            [await_request, end_stream],
            3,
            [f"{PREFIX}ended the stream without a response"],
        ),
        row(
            "no-proxy",
            [reply(b"SSH-2.0-OpenSSH_9.2\r\n"), await_end],
            3,
            [f"{PREFIX}sent no HTTP response", "  SSH-2.0-OpenSSH_9.2"],
        ),
        row(
            "server-refuses",
            [reply(ESTABLISHED), reply(FILTERED), await_end],
            5,
            [
                "wstool: the server refused the handshake: HTTP 403 Filtered",
                "  not at work,\\x1b[31m",
            ],
        ),
        row(
            "server-silent",
            [reply(ESTABLISHED), await_request, await_end],
            124,
            [
                "wstool: timed out waiting for the handshake response of "
                "server.example (--connect-timeout 0.3 s)"
            ],
            *LIMITED,
        ),
        row(
            "server-answers",
            [reply(ESTABLISHED), accept(), close(1011)],
            9,
            ["wstool: the peer closed the connection: 1011 (internal error)"],
        ),
    ],
)
def test_proxy(script, arguments, outcome):
    """What a proxy says is told apart from what the server says."""
    with Peer(*script) as peer:
        found = run("listen", "server.example", "-x", peer.target, *arguments)
    assert found.mask(peer.target, "PEER") == outcome


@pytest.fixture(name="free_port")
def find_free_port():
    """Find a port on which nobody listens, and keep it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h", "socks4a"])
def test_proxy_unreachable(free_port, scheme):
    """A proxy that can't be reached is told as the proxy: status 3."""
    proxy = f"{scheme}://me:secret@127.0.0.1:{free_port}"
    assert run("send", "ws://server.example", "x", "-x", proxy) == Outcome(
        3,
        b"",
        f"wstool: can't connect to the proxy {scheme}://127.0.0.1:{free_port}: "
        "connection refused\n",
    )


def test_proxy_of_the_environment(free_port):
    """A proxy that the environment names is told with the variable."""
    outcome = run(
        "listen",
        "wss://server.example",
        environment={"HTTPS_PROXY": f"http://127.0.0.1:{free_port}"},
    )
    assert outcome == Outcome(
        3,
        b"",
        f"wstool: can't connect to the proxy http://127.0.0.1:{free_port} "
        "(from HTTPS_PROXY): connection refused\n",
    )


def test_bad_variable():
    """A variable that holds no proxy's URL is a usage error with its name."""
    outcome = run(
        "listen", "ws://server.example", environment={"all_proxy": "http://a:b@c:d"}
    )
    assert outcome == Outcome(
        2, b"", "wstool: all_proxy: port 'd' isn't a number from 1 to 65535\n"
    )


@contextmanager
def blackhole(address=("127.0.0.1", 0), family=socket.AF_INET):
    """Listen where nobody is let in any more; give the address."""
    fillers = []
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen(0)
        try:
            for _ in range(3):
                filler = socket.socket(family)
                fillers.append(filler)
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            yield listener.getsockname()
        finally:
            for filler in fillers:
                filler.close()


def test_silent_address():
    """Packets that are dropped end in the time limit, with its name."""
    with blackhole() as (host, port):
        outcome = run("listen", f"ws://{host}:{port}", *LIMITED)
    assert outcome == Outcome(
        124,
        b"",
        f"wstool: timed out connecting to {host}:{port} (--connect-timeout 0.3 s)\n",
    )


def test_silent_proxy_address():
    """The same where it is the proxy's packets that are dropped."""
    with blackhole() as (host, port):
        outcome = run("listen", "ws://a", "-x", f"socks5h://{host}:{port}", *LIMITED)
    assert outcome == Outcome(
        124,
        b"",
        f"wstool: timed out connecting to the proxy socks5h://{host}:{port} "
        "(--connect-timeout 0.3 s)\n",
    )


def test_full_unix_socket(tmp_path):
    """A Unix socket that lets nobody in ends in the time limit too."""
    path = str(tmp_path / "socket")
    with blackhole(path, socket.AF_UNIX):
        outcome = run("listen", "ws://a", "--unix-socket", path, *LIMITED)
    assert outcome == Outcome(
        124,
        b"",
        f"wstool: timed out connecting to Unix socket {path} "
        "(--connect-timeout 0.3 s)\n",
    )


def test_no_unix_socket(tmp_path):
    """A Unix socket that isn't there: status 3."""
    path = str(tmp_path / "socket")
    assert run("listen", "ws://a", "--unix-socket", path) == Outcome(
        3,
        b"",
        f"wstool: can't connect to Unix socket {path}: no such file or directory\n",
    )


def test_several_addresses(free_port):
    """Where a name's addresses all fail, each is named with its error."""
    rule = f"server.example:{free_port}:127.0.0.1,[::1]"
    outcome = run("listen", f"ws://server.example:{free_port}", "--resolve", rule)
    assert outcome == Outcome(
        3,
        b"",
        f"wstool: can't connect to server.example:{free_port}: "
        "127.0.0.1: connection refused, ::1: connection refused\n",
    )


@pytest.mark.parametrize("scheme", ["http", "https", "socks4a", "socks5h"])
def test_interrupted(scheme):
    """Ctrl-C ends it while the proxy has not answered: status 130."""
    script = [lambda stream: stream.receive(), mark, await_end]
    with Peer(*script) as peer:
        proxy = f"{scheme}://{peer.target}"
        with start("listen", "ws://server.example", "-x", proxy) as client:
            peer.wait_for_mark()
            client.send_signal(signal.SIGINT)
            outcome = client.wait()
    assert outcome == Outcome(130, b"", "wstool: stopped by SIGINT\n")
