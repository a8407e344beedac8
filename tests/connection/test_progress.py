"""How much the peer has taken, as the kernel knows it."""

from __future__ import annotations

import socket
import sys
import time
from contextlib import ExitStack

import pytest

from wstool.connection.progress import Progress, acknowledged_bytes


class SocketOwner:
    """As much of a transport as is asked: its socket and what waits for that."""

    def __init__(self, sock, *, waiting=0, tls=False):
        self._extra = {"socket": sock, "sslcontext": tls or None}
        self._waiting = waiting

    def get_extra_info(self, name):
        """Give the socket, or say whether there is TLS."""
        return self._extra.get(name)

    def get_write_buffer_size(self):
        """Count the bytes that the socket has not taken."""
        return self._waiting


@pytest.fixture(name="ends")
def make_ends():
    """Connect two sockets over the loopback interface."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(listener.getsockname()))
        yield client, stack.enter_context(listener.accept()[0])


def await_acknowledged(sock, count):
    """Wait until the peer's system has acknowledged so many bytes."""
    deadline = time.monotonic() + 10
    while (acknowledged := acknowledged_bytes(SocketOwner(sock))) != count:
        assert time.monotonic() < deadline, acknowledged


def test_acknowledged_bytes_are_counted(ends):
    """What the peer's system has acknowledged counts, read or not."""
    if sys.platform != "linux":
        assert acknowledged_bytes(SocketOwner(ends[0])) == 0
        return
    before = acknowledged_bytes(SocketOwner(ends[0]))

    ends[0].sendall(bytes(1000))
    await_acknowledged(ends[0], before + 1000)

    ends[0].sendall(bytes(500))
    await_acknowledged(ends[0], before + 1500)


def test_bytes_that_the_peer_does_not_take(ends):
    """What waits on our side, because the peer's is full, doesn't count."""
    if sys.platform != "linux":
        return
    ends[0].setblocking(False)
    sent = 0
    try:
        while True:
            sent += ends[0].send(bytes(1 << 16))
    except BlockingIOError:
        assert 0 < acknowledged_bytes(SocketOwner(ends[0])) < sent


def test_unknown():
    """Without a socket, with a closed one and with one that isn't TCP it's 0."""
    closed = socket.socket()
    closed.close()
    first, second = socket.socketpair()
    with first, second:
        first.send(b"some")
        counts = [acknowledged_bytes(SocketOwner(s)) for s in (None, closed, first)]

    assert counts == [0, 0, 0]


def test_unacknowledged_bytes(ends):
    """What was sent since the start, less what was acknowledged since then."""
    if sys.platform != "linux":
        return
    before = acknowledged_bytes(SocketOwner(ends[0])) + 300
    ends[0].sendall(bytes(300))
    await_acknowledged(ends[0], before)
    progress = Progress(SocketOwner(ends[0]))
    progress.start()

    ends[0].sendall(bytes(100))
    await_acknowledged(ends[0], before + 100)

    assert [progress.count_unacknowledged(sent) for sent in (50, 100, 170)] == [
        0,
        0,
        70,
    ]


@pytest.mark.parametrize("tls", [False, True], ids=["no-tcp", "tls"])
def test_acknowledged_bytes_that_can_not_be_known(ends, tls):
    """Where acknowledged bytes aren't known, what waits on our side counts."""
    owner = SocketOwner(ends[0] if tls else None, waiting=30, tls=tls)
    progress = Progress(owner)
    progress.start()

    assert progress.count_unacknowledged(100) == 30


def test_advance(ends):
    """A peer has made progress when it took more than a few frames' bytes."""
    if sys.platform != "linux":
        return
    progress = Progress(SocketOwner(ends[0]))
    progress.advance()
    progressed = []
    for size in (0, 4096, 4097, 1, 0):
        before = acknowledged_bytes(SocketOwner(ends[0]))
        ends[0].sendall(bytes(size))
        await_acknowledged(ends[0], before + size)
        progressed.append(progress.advance())

    assert progressed == [False, False, True, False, False]


def test_giving_up(ends):
    """Closing the socket then resets the connection; a transport may have none."""
    Progress(SocketOwner(None)).give_up()
    Progress(SocketOwner(ends[0])).give_up()

    ends[0].close()

    with pytest.raises(ConnectionResetError):
        ends[1].recv(1)


def test_unix_sockets():
    """A Unix socket acknowledges nothing: only what waits on our side is known."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(bytes(1000))
        assert acknowledged_bytes(SocketOwner(ours)) == 0

        progress = Progress(SocketOwner(ours, waiting=7))
        progress.start()
        assert progress.count_unacknowledged(1007) == 7
        progress.give_up()
