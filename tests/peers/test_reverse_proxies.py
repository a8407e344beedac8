"""nginx and HAProxy in front of two servers, configured as the README says."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from signal import SIGKILL

import pytest

from support.command import run, serving, start
from support.frames import TEXT, decode_frames, frame
from support.handshakes import make_request_bytes
from support.redis import running_redis
from support.reverse_proxies import PROXIES, running_proxy


TRUST = ("--trust-proxy", "127.0.0.1/32")

pytestmark = pytest.mark.peers

behind_each = pytest.mark.parametrize("proxy", PROXIES)


class Scene:
    """Two servers and a proxy."""

    def __init__(self, stack, proxy, folder, *servers):
        served = [stack.enter_context(serving(*each, *TRUST)) for each in servers]
        self.servers = [running for _, running in served]
        self.ports = [int(re.search(r":(\d+)/", url)[1]) for url, _ in served]
        self.port = stack.enter_context(running_proxy(proxy, self.ports, folder))
        self.url = f"ws://127.0.0.1:{self.port}"


@pytest.fixture(name="arrange")
def make_scene(tmp_path):
    """Arrange servers behind a proxy."""
    with ExitStack() as stack:
        yield lambda proxy, *servers: Scene(stack, proxy, tmp_path, *servers)


def named():
    """Give arguments of two servers that answer with their names."""
    return (("reply", "--reply", "one"), ("reply", "--reply", "two"))


def ask(scene, path, source="127.0.0.1"):
    """Ask the server behind a path for its name, from an address."""
    address = ("127.0.0.1", scene.port)
    with socket.create_connection(address, 10, (source, 0)) as sock:
        sock.sendall(make_request_bytes(start=f"GET {path} HTTP/1.1"))
        data = b""
        while b"\r\n\r\n" not in data:
            data += sock.recv(1)
        assert data.startswith(b"HTTP/1.1 101 ")
        sock.sendall(frame(TEXT, b"?", masking_key=b"abcd"))
        frames = []
        while not frames:
            frames, _ = decode_frames(sock.recv(100))
    return frames[0][1].decode()


@behind_each
def test_by_room(arrange, proxy):
    """A room is always on one server, whatever the query, and rooms are on both."""
    scene = arrange(proxy, *named())
    rooms = {f"/room/{number}": ask(scene, f"/room/{number}") for number in range(32)}
    assert set(rooms.values()) == {"one", "two"}
    for path, server in list(rooms.items())[:8]:
        assert ask(scene, f"{path}?since=1", source="127.0.0.9") == server


@behind_each
def test_by_address(arrange, proxy):
    """A client is always sent to the same server, and clients are on both."""
    scene = arrange(proxy, *named())
    sources = [f"127.0.0.{number}" for number in range(2, 34)]
    servers = [ask(scene, "/a", source) for source in sources]
    assert set(servers) == {"one", "two"}
    assert [ask(scene, "/b", source) for source in sources] == servers


@behind_each
def test_server_that_dies(arrange, proxy):
    """The rooms of a server that dies move to the other one, and no other room does."""
    scene = arrange(proxy, *named())
    rooms = {f"/room/{number}": ask(scene, f"/room/{number}") for number in range(16)}
    scene.servers[1].send_signal(SIGKILL)
    scene.servers[1].process.wait()
    assert set(rooms.values()) == {"one", "two"}
    assert {ask(scene, path) for path in rooms} == {"one"}


@behind_each
def test_addresses(arrange, proxy):
    """The log has the clients' addresses, not the proxy's."""
    scene = arrange(proxy, *named())
    server = ask(scene, "/room/a", source="127.0.0.7")
    running = scene.servers[("one", "two").index(server)]
    running.wait_for_stderr(b"opened: /room/a")
    assert b"127.0.0.7" in running.stderr


@behind_each
def test_rooms_without_a_bus(arrange, proxy):
    """Clients of a room hear one another through the proxy, without a Redis."""
    scene = arrange(proxy, ("rooms",), ("rooms",))
    for room in ("a", "b", "c", "d"):
        url = f"{scene.url}/room/{room}"
        with start("listen", "-n", "1", "-v", url) as listener:
            listener.wait_for_stderr(b"< HTTP/1.1 101")
            run("send", "--linger", "0.2", url, room)
            assert listener.wait().stdout == f"{room}\n".encode()


@behind_each
def test_broadcast_with_a_bus(arrange, proxy, tmp_path):
    """With a Redis, clients of both servers hear one another."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with running_redis(folder) as redis:
        server = ("broadcast", "--bus", redis.url, "--history", "10")
        scene = arrange(proxy, server, server)
        run("send", "--linger", "0.5", f"ws://127.0.0.1:{scene.ports[0]}", "1")
        run("send", "--linger", "0.5", f"ws://127.0.0.1:{scene.ports[1]}", "2")
        assert run("listen", "-n", "2", scene.url).stdout == b"1\n2\n"


@behind_each
def test_large_messages(arrange, proxy):
    """Large messages pass whole, both ways."""
    scene = arrange(proxy, ("echo",), ("echo",))
    data = b"x" * 3_000_000 + b"\n"
    assert run("send", "-n", "1", f"{scene.url}/", stdin=data).stdout == data
