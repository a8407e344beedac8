"""What is told of the way to a server."""

from __future__ import annotations

import socket

import pytest

from wstool.connection.facts import Route

from support.tunnels import find_route


pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.fixture(name="listener")
def listen():
    """Listen on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_route(run, listener):
    """Addresses of both ends are told."""
    port = listener.getsockname()[1]
    route, local = find_route(run, f"ws://127.0.0.1:{port}")

    assert route == Route(f"127.0.0.1:{port}", f"127.0.0.1:{local[1]}")


def test_route_of_ipv6(run):
    """An IPv6 address is told in brackets."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        route, local = find_route(run, f"ws://[::1]:{port}")

    assert route == Route(f"[::1]:{port}", f"[::1]:{local[1]}")


def test_route_of_a_unix_socket(run, tmp_path):
    """A Unix socket is told by its path; the URL's host is not looked up."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        route, _ = find_route(run, "ws://nothing.invalid/", unix_socket=path)

    assert route == Route(f"Unix socket {path}", "")
