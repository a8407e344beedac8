"""A client's side of HTTP connections that stay."""

from __future__ import annotations

import asyncio
import socket

import pytest

from wstool.connection.http_client import HTTPClient, open_http
from wstool.errors import ConnectFailed, TimedOut
from wstool.wire.uri import parse_uri

from support.connections import WrittenStream


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Handler:
    """Keep what comes."""

    def __init__(self):
        self.responses = []
        self.problems = []
        self.transport = WrittenStream()
        self.client = HTTPClient(self)
        self.client.connection_made(self.transport)

    def response_received(self, client, status, body):
        """Take a response."""
        self.responses.append((status, body))

    def client_ended(self, client, problem):
        """Take the end."""
        self.problems.append(problem)


@pytest.mark.parametrize("size", [1, 7, len(RESPONSE)])
def test_responses(size):
    """Responses are handed on whole, in whatever pieces they come; bytes count."""
    handler = Handler()
    for _ in range(2):
        handler.client.request(b"GET /\r\n\r\n")
        assert handler.client.is_waiting
        for start in range(0, len(RESPONSE), size):
            handler.client.data_received(RESPONSE[start : start + size])
        assert not handler.client.is_waiting

    assert handler.responses == [(200, b"hello")] * 2
    assert handler.transport.written == b"GET /\r\n\r\n" * 2
    assert handler.client.bytes_sent == 2 * len(b"GET /\r\n\r\n")
    assert handler.client.bytes_received == 2 * len(RESPONSE)


def test_chunked():
    """A body may come in chunks; all bytes of the wire count."""
    handler = Handler()
    handler.client.request(b"GET /\r\n\r\n")
    data = (
        b"HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n"
    )
    handler.client.data_received(data)

    assert handler.responses == [(410, b"he")]
    assert handler.client.bytes_received == len(data)


def test_unasked():
    """A response that nobody asked for is none."""
    handler = Handler()
    handler.client.data_received(RESPONSE)

    assert handler.responses == []


@pytest.mark.parametrize(
    ("end", "problem"),
    [
        (lambda c: c.eof_received(), "the server ended the HTTP connection"),
        (
            lambda c: c.connection_lost(ConnectionResetError(104, "reset")),
            "the HTTP connection is lost: connection reset",
        ),
        (lambda c: c.connection_lost(None), "the HTTP connection is lost: it ended"),
        (lambda c: c.data_received(b"\x81\x05hello"), "what came is no HTTP response"),
    ],
)
def test_ends(end, problem):
    """An end that nobody wanted is told, once."""
    handler = Handler()
    end(handler.client)
    handler.client.connection_lost(None)

    (told,) = handler.problems
    assert told.startswith(problem)
    assert handler.transport.aborted


def test_close():
    """One that is wanted isn't, and nothing comes any more."""
    handler = Handler()
    handler.client.request(b"GET /\r\n\r\n")
    handler.client.close()
    handler.client.data_received(RESPONSE)
    handler.client.connection_lost(None)

    assert (handler.responses, handler.problems) == ([], [])


def test_not_connected():
    """Without a connection there is no transport, and a request goes nowhere."""
    client = HTTPClient(Handler())
    client.request(b"GET /\r\n\r\n")
    client.close()

    assert (client.bytes_sent, client.is_waiting) == (0, False)
    with pytest.raises(AssertionError):
        _ = client.transport


def test_open():
    """It connects, and makes requests."""

    async def run():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(RESPONSE)
            await reader.read()
            writer.close()
            gone.set_result(None)

        loop = asyncio.get_running_loop()
        came, gone = loop.create_future(), loop.create_future()
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            handler = Handler()
            handler.response_received = lambda client, *parts: came.set_result(parts)
            uri = parse_uri(f"http://127.0.0.1:{port}/")
            client = await open_http(uri, handler, connect_timeout=10)
            client.request(b"GET / HTTP/1.1\r\n\r\n")
            response = await came
            client.transport.close()
            await gone
        return response

    assert asyncio.run(run()) == (200, b"hello")


def test_refused():
    """Where nobody listens, that is told."""
    uri = parse_uri("http://127.0.0.1:1/")
    with pytest.raises(ConnectFailed, match=r"can't connect to 127\.0\.0\.1:1"):
        asyncio.run(open_http(uri, Handler(), connect_timeout=10))


def test_too_slow():
    """What takes too long is given up, by the name of the limit."""

    async def run(port):
        uri = parse_uri(f"http://127.0.0.1:{port}/")
        await open_http(uri, Handler(), connect_timeout=0.1)

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # The backlog is full with the first of these; ours hangs.
        with socket.create_connection(address), socket.socket() as other:
            other.setblocking(False)
            other.connect_ex(address)
            with pytest.raises(TimedOut, match="--connect-timeout"):
                asyncio.run(run(address[1]))
