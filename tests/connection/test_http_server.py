"""A server's side of HTTP connections that stay."""

from __future__ import annotations

import pytest

from wstool.connection.http_server import HTTPServing

from support.connections import WrittenStream


GET = b"GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n"


class Transport(WrittenStream):
    """A transport that is closed only once."""

    def __init__(self):
        super().__init__()
        self.closed = False

    def write(self, data):
        """Write."""
        assert not self.closed
        super().write(data)

    def close(self):
        """Close behind what is written."""
        self.closed = True

    def is_closing(self):
        """Tell whether it is closed."""
        return self.closed


class Client:
    """A client of a session that answers with the target of each request."""

    def __init__(self, *, at_once=True):
        self.asked = []
        self.ended = 0
        self.at_once = at_once
        self.transport = Transport()
        self.session = HTTPServing(self.answer, self.end)
        self.session.connection_made(self.transport)

    def answer(self, session, target):
        """Take a request."""
        self.asked.append(target)
        if self.at_once:
            session.respond(200, b"A: b\r\n", target.encode())

    def end(self, session):
        """Take the end."""
        self.ended += 1


@pytest.mark.parametrize("size", [1, 7, len(GET)])
def test_requests(size):
    """Requests are answered one after another, in whatever pieces they come."""
    client = Client()
    for _ in range(2):
        for start in range(0, len(GET), size):
            client.session.data_received(GET[start : start + size])

    answer = b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 6\r\n\r\n/a?b=1"
    assert client.asked == ["/a?b=1"] * 2
    assert client.transport.written == answer * 2
    assert not client.transport.closed


def test_later():
    """An answer may come later, once, and not behind the end."""
    client = Client(at_once=False)
    client.session.data_received(GET)
    assert client.transport.written == b""
    client.session.respond(200, b"", b"x")
    client.session.respond(200, b"", b"y")
    assert client.transport.written.endswith(b"\r\n\r\nx")
    client.session.data_received(GET)
    client.session.connection_lost(None)
    client.session.respond(200, b"", b"z")
    assert client.transport.written.endswith(b"\r\n\r\nx")
    assert client.ended == 1


def test_method():
    """There is nothing but GET."""
    client = Client()
    client.session.data_received(b"DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n")

    assert client.transport.written.startswith(
        b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n"
    )
    assert client.asked == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00", b"this is no request", id="tls"),
        pytest.param(b"hello\r\n\r\n", b"this is no request", id="garbage"),
        pytest.param(
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"no request", id="length"
        ),
        pytest.param(
            GET[:-2] + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"there is no WebSocket here",
            id="upgrade",
        ),
        pytest.param(b"GET /" + b"a" * 70_000, b"the request is too large", id="large"),
        pytest.param(
            GET[:-2] + b"A: b\r\n" * 20_000, b"the request is too large", id="headers"
        ),
    ],
)
def test_hostile(data, words):
    """What is no request is refused, and ends the connection."""
    client = Client()
    client.session.data_received(data)

    assert client.transport.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert words in client.transport.written
    assert b"Connection: close\r\n" in client.transport.written
    assert client.transport.closed
    client.session.data_received(b"more of it")


def test_pipelined():
    """Whoever doesn't wait for an answer is refused: nothing piles up."""
    client = Client(at_once=False)
    client.session.data_received(GET * 3)

    assert client.asked == ["/a?b=1"]
    assert client.transport.written.count(b"HTTP/1.1 400") == 1
    assert b"before the answer to the last one" in client.transport.written
    assert client.transport.closed


def test_abort():
    """It can be ended at once."""
    client = Client()
    client.session.abort()

    assert client.transport.aborted
