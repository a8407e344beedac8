"""Sockets to where options and rules say."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from wstool.connection.options import ResolveRule, RouteOptions
from wstool.connection.tcp import (
    connect_tcp,
    connect_unix,
    describe_unix_socket,
    look_up,
)
from wstool.errors import ConnectFailed


pytestmark = pytest.mark.usefixtures("descriptors")


def connect(run, port, **options):
    """Connect to a name; give both addresses of the socket, and the steps."""
    steps = []

    async def scenario():
        with await connect_tcp(
            *("server.example", port, RouteOptions(**options), steps.append),
            name="the name",
            target="the target",
        ) as sock:
            return sock.getpeername()[:2], sock.getsockname()[0]

    return (*run(scenario()), steps)


@pytest.fixture(name="port")
def listen():
    """Listen on a port of two addresses."""
    with (
        socket.create_server(("127.0.0.1", 0)) as ipv4,
        socket.create_server(("::1", ipv4.getsockname()[1]), family=socket.AF_INET6),
    ):
        yield ipv4.getsockname()[1]


def test_name(run, names, port):
    """A name is resolved, and each step is told."""
    names["server.example"] = [(socket.AF_INET, "127.0.0.1")]

    assert connect(run, port) == (
        ("127.0.0.1", port),
        "127.0.0.1",
        ["resolving the name", "connecting to the target"],
    )


def test_resolve_rule(run, names, port):
    """A rule takes the resolver's place; for the whole of its addresses."""
    names["server.example"] = [(socket.AF_INET, "192.0.2.1")]
    rules = (ResolveRule("server.example", port, ("::1", "127.0.0.1")),)

    assert connect(run, port, resolve=rules)[0] == ("::1", port)
    # As in curl.
    ipv4 = connect(run, port, resolve=rules, family=socket.AF_INET)
    assert ipv4[0] == ("::1", port)


@pytest.mark.parametrize(
    ("source", "bound"), [("lo", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")]
)
def test_interface(run, names, port, source, bound):
    """A socket connects from where it is told to."""
    names["server.example"] = [(socket.AF_INET, "127.0.0.1")]

    assert connect(run, port, interface=source)[1:] == (
        bound,
        [f"resolving {source}", "resolving the name", "connecting to the target"],
    )


@pytest.mark.parametrize(
    ("interface", "text"),
    [
        (
            "nothing0.invalid",
            "can't connect from nothing0.invalid: "
            "nothing0.invalid is no interface, host or address of ours",
        ),
        (
            "::1",
            "can't connect to the target: ::1 has no IPv4 address to connect from",
        ),
    ],
)
def test_interface_that_fails(run, names, port, interface, text):
    """What there is nothing to connect from is told."""
    names["server.example"] = [(socket.AF_INET, "127.0.0.1")]

    with pytest.raises(ConnectFailed) as caught:
        connect(run, port, interface=interface)
    assert str(caught.value) == text


def test_family():
    """A family that the caller names counts before the route's."""
    route = RouteOptions(family=socket.AF_INET6)

    assert [
        address.sockaddr
        for address in asyncio.run(
            look_up("127.0.0.1", 80, route, family=socket.AF_INET)
        )
    ] == [("127.0.0.1", 80)]


@pytest.mark.parametrize(
    ("host", "family", "problem"),
    [
        ("::1", socket.AF_INET, "an IPv6 address contradicts -4/--ipv4"),
        ("fe80::1%lo", socket.AF_INET, "an IPv6 address contradicts -4/--ipv4"),
        ("127.0.0.1", socket.AF_INET6, "an IPv4 address contradicts -6/--ipv6"),
        ("127.1", socket.AF_INET6, "an IPv4 address contradicts -6/--ipv6"),
    ],
)
def test_address_of_the_other_family(run, host, family, problem):
    """An address that no option allows is told as that; trying again can't help."""

    async def scenario():
        route = RouteOptions(family=family)
        await connect_tcp(
            *(host, 1, route, lambda doing: None), name=host, target="the target"
        )

    with pytest.raises(ConnectFailed) as caught:
        run(scenario())
    assert str(caught.value) == f"can't connect to the target: {problem}"
    assert caught.value.permanent


@pytest.fixture(name="path", params=["path", "name-\udcff", "abstract"], ids=ascii)
def make_path(request, tmp_path):
    """Give the path of a Unix socket."""
    if request.param == "abstract":
        return f"\0wstool-test-{os.getpid()}"
    return str(tmp_path / request.param)


def test_unix_socket(run, path):
    """A Unix socket is connected to, also an abstract one."""
    steps = []

    async def scenario():
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fsencode(path))
            listener.listen()
            with await connect_unix(path, steps.append) as sock:
                return sock.getpeername()

    assert os.fsencode(run(scenario())) == os.fsencode(path)
    assert steps == [f"connecting to {describe_unix_socket(path)}"]


def test_full_backlog(run, path):
    """Where there is no room for a connection yet, it waits for that."""

    async def scenario():
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fsencode(path))
            listener.listen(0)
            first = await connect_unix(path, lambda doing: None)
            waiting = asyncio.ensure_future(connect_unix(path, lambda doing: None))
            done, _ = await asyncio.wait([waiting], timeout=0.2)
            assert not done
            listener.accept()[0].close()
            with first, await waiting as second:
                return second.getpeername()

    assert os.fsencode(run(scenario())) == os.fsencode(path)


def test_giving_up_at_a_full_backlog(run, tmp_path):
    """Whoever gives up leaves no socket open."""
    path = str(tmp_path / "socket")

    async def scenario():
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(0)
            with await connect_unix(path, lambda doing: None):
                async with asyncio.timeout(0.1):
                    await connect_unix(path, lambda doing: None)

    with pytest.raises(TimeoutError):
        run(scenario())


def test_no_unix_socket(run, tmp_path):
    """A Unix socket that isn't there, or where nobody listens, is told of."""
    path = str(tmp_path / "socket")

    async def scenario():
        await connect_unix(path, lambda doing: None)

    with pytest.raises(ConnectFailed) as caught:
        run(scenario())
    assert str(caught.value) == (
        f"can't connect to Unix socket {path}: no such file or directory"
    )
    with socket.socket(socket.AF_UNIX) as unused:
        unused.bind(path)
    with pytest.raises(ConnectFailed, match="connection refused"):
        run(scenario())
