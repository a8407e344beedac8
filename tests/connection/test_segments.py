"""TCP segments, as the kernel counts them."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import pytest

from wstool.connection.segments import Segments, count_segments, sum_segments


def own(sock):
    """Make as much of a transport as is asked."""
    return SimpleNamespace(get_extra_info={"socket": sock}.get)


@pytest.fixture(name="ends")
def make_ends():
    """Connect two sockets over the loopback interface."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as server,
    ):
        yield client, server


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_counted(ends):
    """Each write that goes out by itself is a segment."""
    client, server = ends
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    before = count_segments(own(client)), count_segments(own(server))
    for _ in range(5):
        client.sendall(b"x")
        assert server.recv(10) == b"x"
    after = count_segments(own(client)), count_segments(own(server))

    assert after[0].sent - before[0].sent == 5
    assert after[1].received - before[1].received == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_sum(ends):
    """Those of several connections are added."""
    one, other = (count_segments(own(end)) for end in ends)

    assert sum_segments([own(end) for end in ends]) == Segments(
        one.sent + other.sent, one.received + other.received
    )
    assert sum_segments([]) == (0, 0)


def test_unknown(ends):
    """Without a socket, of another kind, or closed, nothing is known of any."""
    ours, theirs = socket.socketpair()
    closed = socket.socket()
    closed.close()
    with ours, theirs:
        for sock in (None, ours, closed):
            assert count_segments(own(sock)) is None
            assert sum_segments([own(ends[0]), own(sock)]) is None
