"""
A server's side of HTTP/1.1 connections that stay: one request after another.

This is for requests without a body, each answered before the next one comes. llhttp
parses them, in C as it does for most servers in Python and for Node.js, so that what
is measured is HTTP and not the parser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import httptools


__all__ = ["HTTPServing"]

# Bytes that a request may have.
_MAX_REQUEST = 1 << 16


class HTTPServing(asyncio.Protocol):
    """A client's connection, on which requests come and are answered in turn."""

    __slots__ = (
        "_answer",
        "_ended",
        "_is_asked",
        "_is_over",
        "_parser",
        "_size",
        "_target",
        "_transport",
    )

    def __init__(
        self,
        answer: Callable[[HTTPServing, str], None],
        ended: Callable[[HTTPServing], None],
    ) -> None:
        """
        Wait for a client.

        Args:
            answer: Is called with the target of each request, and calls ``respond``
                now or later.
            ended: Is called when the client is gone.
        """
        self._answer = answer
        self._ended = ended
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._target = b""
        self._size = 0
        self._is_asked = False
        # Nothing that comes behind what can't be answered is read any more.
        self._is_over = False

    def respond(self, status: int, headers: bytes, body: bytes) -> None:
        """
        Answer the request that was made.

        Args:
            headers: Lines, each with its end.
        """
        if self._transport is None or not self._is_asked:
            return
        self._is_asked = False
        head = b"HTTP/1.1 %d %b\r\n%bContent-Length: %d\r\n\r\n" % (
            status,
            HTTPStatus(status).phrase.encode(),
            headers,
            len(body),
        )
        self._transport.write(head + body)

    def abort(self) -> None:
        """End the stream at once."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, or all of it."""
        if self._is_over:
            return
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return
        except httptools.HttpParserError as error:
            self._refuse(f"this is no request: {error}")
            return
        if self._size > _MAX_REQUEST:
            self._refuse("the request is too large")

    def pause_writing(self) -> None:
        """Need nothing: the next answer waits for the next request."""

    def resume_writing(self) -> None:
        """Need nothing."""

    def eof_received(self) -> None:
        """Take the end of the client's stream; the transport closes itself."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end."""
        self._transport = None
        self._ended(self)

    # What the parser calls.

    def on_url(self, url: bytes) -> None:
        """Take the target of a request, which may come in parts."""
        self._target += url

    def on_message_complete(self) -> None:
        """Hand a request on."""
        target, self._target = self._target, b""
        self._size = 0
        if self._is_over:
            return
        if self._parser.should_upgrade():
            self._refuse("there is no WebSocket here")
        elif self._is_asked:
            # Whoever doesn't wait for an answer could make us keep any number of them.
            self._refuse("a request came before the answer to the last one")
        elif self._parser.get_method() != b"GET":
            self._is_asked = True
            self.respond(405, b"Allow: GET\r\n", b"")
        else:
            self._is_asked = True
            self._answer(self, target.decode("latin-1"))

    def _refuse(self, problem: str) -> None:
        """Refuse a request, and end the connection."""
        if self._transport is None or self._is_over:
            return
        self._is_over = True
        self._is_asked = True
        headers = b"Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        self.respond(400, headers, f"{problem}\n".encode())
        self._transport.close()
