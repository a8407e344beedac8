"""
A client's side of an HTTP/1.1 connection that stays: one request after another.

Responses are parsed by llhttp, as in ``http_server``.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools

from wstool.connection.options import RouteOptions
from wstool.connection.tcp import connect_tcp
from wstool.connection.translate import describe_os_error
from wstool.errors import ConnectFailed, TimedOut
from wstool.wire.uri import WebSocketURI


__all__ = ["HTTPClient", "HTTPHandler", "open_http"]


class HTTPHandler(Protocol):
    """What is done with responses."""

    def response_received(self, client: HTTPClient, status: int, body: bytes) -> None:
        """Take the response to the request that was made."""

    def client_ended(self, client: HTTPClient, problem: str) -> None:
        """Take the end of a connection that was to stay, and why it came."""


class HTTPClient(asyncio.Protocol):
    """A connection on which requests are made in turn."""

    def __init__(self, handler: HTTPHandler) -> None:
        """Prepare; ``open_http`` is the way to get one that is connected."""
        self._handler = handler
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._body: list[bytes] = []
        self._is_closing = False
        self.bytes_sent = self.bytes_received = 0
        """Bytes written and read."""
        self.is_waiting = False
        """Whether there is no response to the last request yet."""

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, for what is known of the socket."""
        if self._transport is None:
            raise AssertionError("there is no connection yet")
        return self._transport

    def request(self, data: bytes) -> None:
        """
        Make a request; the last one has its response.

        Args:
            data: A whole request without a body.
        """
        if self._transport is not None:
            self.is_waiting = True
            self.bytes_sent += len(data)
            self._transport.write(data)

    def close(self) -> None:
        """End the connection, whatever it waits for."""
        self._is_closing = True
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of a response, or all of it."""
        self.bytes_received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"what came is no HTTP response: {error}")

    def eof_received(self) -> None:
        """Take the end of the server's stream."""
        self._fail("the server ended the HTTP connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end."""
        problem = describe_os_error(exc) if isinstance(exc, OSError) else "it ended"
        self._fail(f"the HTTP connection is lost: {problem}")

    # What the parser calls.

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand a response on."""
        body, self._body = b"".join(self._body), []
        if self.is_waiting and not self._is_closing:
            self.is_waiting = False
            status = self._parser.get_status_code()
            self._handler.response_received(self, status, body)

    def _fail(self, problem: str) -> None:
        if not self._is_closing:
            self.close()
            self._handler.client_ended(self, problem)


async def open_http(
    uri: WebSocketURI, handler: HTTPHandler, *, connect_timeout: float
) -> HTTPClient:
    """
    Connect to a server without TLS.

    Args:
        connect_timeout: Seconds that this may take; 0 for no limit.

    Raises:
        ConnectFailed: If nobody answers there.
        TimedOut: If it takes longer.
    """
    target = uri.host_header
    client = HTTPClient(handler)
    try:
        async with asyncio.timeout(connect_timeout or None):
            sock = await connect_tcp(
                uri.host,
                uri.port,
                RouteOptions(),
                lambda doing, give_up=None: None,
                name=uri.host,
                target=target,
            )
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: client, sock=sock)
    except TimeoutError:
        doing = f"connecting to {target}"
        raise TimedOut(doing, connect_timeout, "--connect-timeout") from None
    except OSError as error:
        raise ConnectFailed(target, describe_os_error(error)) from error
    return client
