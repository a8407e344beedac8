"""The way to a server as a whole."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from wstool.connection.options import (
    ConnectRule,
    ProxyOptions,
    ResolveRule,
)
from wstool.errors import ConnectFailed, TimedOut, UsageError

from support.connections import RawPeer, dialed, raw_server
from support.tunnels import (
    find_route,
    greet,
    make_server_context,
    receive_greeting,
)


pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.fixture(name="listener")
def listen():
    """Listen on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_rules(run, listener):
    """Where to connect to is looked up by the rules for it, not for the URL's host."""
    port = listener.getsockname()[1]
    route, _ = find_route(
        run,
        "ws://server.example/",
        connect_to=(ConnectRule("server.example", 80, "other.example", port),),
        resolve=(
            ResolveRule("server.example", port, ("192.0.2.1",)),
            ResolveRule("other.example", port, ("127.0.0.1",)),
        ),
    )

    assert route.remote == f"127.0.0.1:{port}"


def test_rule_in_errors(run):
    """An error names the place that a rule led to, and the one it was for."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    rules = (ConnectRule("", None, "127.0.0.1", port),)

    with pytest.raises(ConnectFailed) as caught:
        find_route(run, "ws://server.example/", connect_to=rules)
    assert str(caught.value) == (
        f"can't connect to 127.0.0.1:{port} (for server.example): connection refused"
    )


@pytest.mark.parametrize(
    ("variable", "url"),
    [("http_proxy", "ws://server.example"), ("HTTPS_PROXY", "wss://server.example")],
)
def test_proxy_of_the_environment(run, monkeypatch, variable, url):
    """The environment's proxy is asked, and named with the variable."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv(variable, f"127.0.0.1:{port}")

    with pytest.raises(ConnectFailed) as caught:
        find_route(run, url)
    assert str(caught.value) == (
        f"can't connect to the proxy http://127.0.0.1:{port} (from {variable}): "
        "connection refused"
    )


def test_bad_proxy_of_the_environment(run, monkeypatch):
    """A variable that holds no proxy's URL is named."""
    monkeypatch.setenv("all_proxy", "gopher://proxy")

    with pytest.raises(UsageError, match=r"^all_proxy: scheme 'gopher' of the proxy"):
        find_route(run, "ws://server.example")


@pytest.mark.parametrize("proxy", ["option", "unix-socket", "unix-url"])
def test_no_proxy(run, monkeypatch, listener, tmp_path, proxy):
    """Without a proxy, by option or for a Unix socket, the environment is nothing."""
    monkeypatch.setenv("all_proxy", "127.0.0.1:1")
    if proxy == "option":
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        route, _ = find_route(run, url, proxy=ProxyOptions(proxy=""))
    else:
        path = str(tmp_path / "socket")
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(path)
            unix.listen()
            if proxy == "unix-url":
                route, _ = find_route(run, f"ws+unix:{path}:/")
            else:
                route, _ = find_route(run, "ws://server.example", unix_socket=path)
            assert route.remote == f"Unix socket {path}"
    assert route.proxy is None


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"unix_socket": "/b"},
            "ws+unix:/a:/ names another Unix socket than the option",
            id="other-socket",
        ),
        pytest.param(
            {"proxy": ProxyOptions(proxy="127.0.0.1:1")},
            "a Unix socket can't be reached through --proxy",
            id="proxy",
        ),
    ],
)
def test_options_that_contradict_a_unix_socket(run, options, problem):
    """What leads elsewhere than the URL is refused, not ignored."""
    with pytest.raises(UsageError) as caught:
        find_route(run, "ws+unix:/a:/", **options)
    assert str(caught.value) == problem


def test_resolve_rules_hold_for_the_proxy(run):
    """A proxy's name is looked up by the rules too."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(ConnectFailed) as caught:
        find_route(
            run,
            "ws://server.example/",
            proxy=ProxyOptions(proxy=f"proxy.example:{port}"),
            resolve=(ResolveRule("proxy.example", port, ("127.0.0.1", "127.0.0.2")),),
        )
    assert str(caught.value) == (
        f"can't connect to the proxy http://proxy.example:{port}: "
        "127.0.0.1: connection refused, 127.0.0.2: connection refused"
    )


def test_proxy_does_not_resolve(run, names):
    """A proxy whose name doesn't resolve is told as the proxy's."""

    def fail():
        raise socket.gaierror(-2, "Name or service not known")

    names["proxy.example"] = fail
    with pytest.raises(ConnectFailed) as caught:
        find_route(run, "ws://a/", proxy=ProxyOptions(proxy="socks5h://proxy.example"))
    assert str(caught.value) == (
        "can't connect to the proxy socks5h://proxy.example:1080: "
        "name does not resolve: name or service not known"
    )


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_unix_socket(run, tmp_path, secure):
    """A connection runs over a Unix socket, with TLS for the URL's host."""
    import trustme

    authority = trustme.CA()
    cacert = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(cacert)
    context = make_server_context(authority, "server.example") if secure else None
    path = str(tmp_path / "socket")

    async def serve(reader, writer):
        await greet(RawPeer(reader, writer))
        writer.transport.abort()

    async def scenario():
        server = await asyncio.start_unix_server(serve, path, ssl=context)
        url = f"{'wss' if secure else 'ws'}://server.example/"
        try:
            return await receive_greeting(url, unix_socket=path, cacert=str(cacert))
        finally:
            server.close()
            await server.wait_closed()

    assert run(scenario()) == [b"hello"]


def test_name_for_tls(run, tmp_path):
    """TLS asks for the URL's host, whatever is connected to."""
    import trustme

    authority = trustme.CA()
    cacert = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(cacert)

    async def scenario():
        context = make_server_context(authority, "server.example")
        async with raw_server(greet, context=context) as url:
            port = int(url.rpartition(":")[2].rstrip("/"))
            rules = (ConnectRule("server.example", 443, "127.0.0.1", port),)
            async with dialed(
                "wss://server.example/",
                connect_to=rules,
                cacert=str(cacert),
            ) as (_, recorder):
                await recorder.until(lambda: recorder.messages)
                return recorder.messages

    assert run(scenario()) == [b"hello"]


def test_resolver_that_hangs(run, names):
    """While the proxy's name is looked up, the time limit says so."""
    released = threading.Event()

    def hang():
        released.wait(10)
        return []

    names["proxy.example"] = hang
    proxy = ProxyOptions(proxy="http://proxy.example")

    async def scenario():
        async with dialed("ws://a/", proxy=proxy, connect_timeout=0.1):
            pass

    with pytest.raises(TimedOut) as caught:
        run(scenario())
    released.set()
    assert str(caught.value) == (
        "timed out resolving the proxy proxy.example (--connect-timeout 0.1 s)"
    )
