"""Unix sockets and IPv6, with servers of others and our own."""

from __future__ import annotations

import os
import signal
import threading

import pytest
import trustme
from websockets.sync.server import unix_serve

from support.command import Outcome, run, serving, start
from support.tunnels import make_server_context


@pytest.fixture(name="path", params=["path", "abstract"])
def make_path(request, tmp_path):
    """Give the path of a Unix socket, and the options that lead there."""
    if request.param == "abstract":
        name = f"wstool-test-{os.getpid()}"
        return f"\0{name}", ("--abstract-unix-socket", name)
    path = str(tmp_path / "socket")
    return path, ("--unix-socket", path)


@pytest.fixture(name="serve")
def make_serve():
    """Give what runs a server on a Unix socket."""
    servers = []

    def serve(handler, path, **options):
        server = unix_serve(handler, path, max_size=None, **options)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()


def echo(connection):
    """Send messages back."""
    for message in connection:
        connection.send(message)


def test_messages(path, serve):
    """Messages go over a Unix socket, however many."""
    serve(echo, path[0])
    lines = b"".join(b"%d\n" % number for number in range(10_000))
    outcome = run("send", "ws://server.example", *path[1], "-n", "10000", stdin=lines)
    assert outcome == Outcome(0, lines, "")


def test_large_messages(path, serve):
    """Nor does anything of many megabytes get lost."""
    serve(echo, path[0])
    line = b"x" * 5_000_000 + b"\n"
    outcome = run(
        *("send", "ws://server.example", *path[1], "-n", "4", "--no-compression"),
        stdin=line * 4,
    )
    assert outcome == Outcome(0, line * 4, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("send", "-n", "1", "{}", "x"),
        ("listen", "-n", "1", "-d", "x", "{}"),
        ("connect", "-n", "1", "-d", "x", "{}"),
        ("ping", "-c", "1", "--message", "x", "{}"),
        ("bench", "-d", "0.2", "--workers", "1", "{}"),
        ("inspect", "-n", "1", "-d", "x", "{}"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("tls", [(), ("--tls",)], ids=["plain", "tls"])
def test_url_of_a_server(arguments, tls, tmp_path):
    """Every client command takes the URL that serve writes for a socket."""
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    path = tmp_path / "a b"
    options = ("--unix-socket", str(path), "-q", *tls)
    with start("serve", *options, environment=environment) as server:
        server.wait_for_stdout(b"\n")
        url = server.stdout.decode().rstrip("\n")
        assert url.endswith(f"ws{'s' if tls else ''}+unix:{path}:/")
        trusted = ("--cacert", str(tmp_path / "wstool" / "ca.pem")) if tls else ()
        given = [url if argument == "{}" else argument for argument in arguments]
        outcome = run(*given, *trusted)
    assert outcome.status == 0, outcome


def test_proxy(path, serve, tmp_path):
    """A proxy of the environment or a profile isn't for Unix sockets."""
    serve(echo, path[0])
    config = tmp_path / "config.toml"
    config.write_text('[defaults]\nproxy = "http://127.0.0.1:1"\n')
    urls = [("ws://server.example", *path[1])]
    if path[1][0] == "--unix-socket":
        urls.append((f"ws+unix:{path[0]}:/",))
    for url in urls:
        for environment in (
            {"WSTOOL_PROXY": "http://127.0.0.1:1"},
            {"WSTOOL_CONFIG": str(config)},
        ):
            outcome = run("send", *url, "-n", "1", "x", environment=environment)
            assert outcome == Outcome(0, b"x\n", "")
        outcome = run("send", *url, "-n", "1", "x", "-x", "http://127.0.0.1:1")
        assert outcome.status == 2
        assert "a Unix socket can't be reached through --proxy" in outcome.stderr


def test_tls(path, serve, tmp_path):
    """TLS over a Unix socket checks the name of the URL."""
    authority = trustme.CA()
    cacert = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(cacert)
    serve(echo, path[0], ssl=make_server_context(authority, "server.example"))

    arguments = (*path[1], "-n", "1", "hello", "--cacert", str(cacert))
    outcome = run("send", "wss://server.example", *arguments)
    assert outcome == Outcome(0, b"hello\n", "")
    outcome = run("send", "wss://other.example", *arguments)
    assert outcome.status == 4
    assert "it isn't for other.example\n" in outcome.stderr


def test_host_header(path, serve):
    """The server is told the URL's host, whatever the socket is called."""
    serve(
        lambda connection: connection.send(connection.request.headers["Host"]), path[0]
    )
    outcome = run("listen", "ws://server.example:81/", *path[1], "-q")
    assert outcome == Outcome(0, b"server.example:81\n", "")


def test_interrupted_at_a_slow_reader(path, serve):
    """Ctrl-C while the server takes nothing is in time, and says what went out."""
    released = threading.Event()
    serve(lambda connection: released.wait(30), path[0])
    with start(
        *("send", "-v", "ws://server.example", *path[1], "--close-timeout", "0.3"),
        stdin=b"x" * 60_000_000 + b"\n" + b"y\n" * 10,
    ) as client:
        client.wait_for_stderr(b"< HTTP/1.1 101")
        client.send_signal(signal.SIGINT)
        outcome = client.wait()
    released.set()
    assert outcome.status == 130
    assert "stopped by SIGINT" in outcome.stderr


def test_ipv6():
    """A server on IPv6 is reached by its address, or by a name with that."""
    with serving("--host", "::1") as (url, _):
        port = url.rpartition(":")[2].rstrip("/")
        assert run("send", url, "-n", "1", "a") == Outcome(0, b"a\n", "")
        outcome = run(
            *("send", f"ws://server.example:{port}", "-n", "1", "b", "-6"),
            *("--resolve", f"server.example:{port}:[::1]", "--interface", "::1"),
        )
    assert outcome == Outcome(0, b"b\n", "")


def test_fast_family():
    """Of a name with both families the one where somebody listens is taken."""
    with serving() as (url, _):
        port = url.rpartition(":")[2].rstrip("/")
        rule = f"server.example:{port}:[::1],127.0.0.1"
        outcome = run(
            *("send", f"ws://server.example:{port}", "-n", "1", "a", "--resolve", rule)
        )
    assert outcome == Outcome(0, b"a\n", "")
