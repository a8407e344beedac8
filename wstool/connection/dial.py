"""Opening a connection as a client: name, socket, TLS, opening handshake."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, cast

from wstool.connection.endpoint import Role
from wstool.connection.handler import Handler
from wstool.connection.handshake import Agreement, ClientHandshake
from wstool.connection.options import ConnectOptions
from wstool.connection.race import connect_first
from wstool.connection.resolve import resolve
from wstool.connection.translate import (
    describe_os_error,
    translate_connect_error,
    translate_handshake_error,
    translate_tls_error,
)
from wstool.connection.transport import Connection
from wstool.errors import TimedOut, WstoolError
from wstool.wire.handshake import encode_key


if TYPE_CHECKING:
    from socket import socket
    from ssl import SSLContext


__all__ = ["dial"]


async def dial(options: ConnectOptions, handler: Handler) -> Connection:
    """
    Connect to a server.

    Returns:
        The open connection. It runs by itself: the handler may be called before this
        returns, with what came right behind the server's response.

    Raises:
        ConnectFailed: If the name does not resolve or no address answers.
        TLSFailed: If TLS fails.
        HandshakeRefused: If the server answers with a status other than 101.
        HandshakeInvalid: If its answer makes no connection.
        TimedOut: If it all takes longer than ``connect_timeout``.
        UsageError: If an option doesn't fit.
    """
    attempt = _Attempt(options, handler)
    limit = options.connect_timeout
    try:
        async with asyncio.timeout(limit or None):
            return await attempt.run()
    except TimeoutError:
        refusal = attempt.give_up()
        if refusal is not None:
            raise refusal from None
        raise TimedOut(attempt.doing, limit, "--connect-timeout") from None


class _Attempt:
    """One try to connect; knows what it is doing, for the time limit's message."""

    def __init__(self, options: ConnectOptions, handler: Handler) -> None:
        self._options = options
        self._handler = handler
        self._target = options.uri.host_header
        self._opening: _Opening | None = None
        self.doing = f"resolving {options.uri.host}"

    def give_up(self) -> WstoolError | None:
        """Say what is known when time is up, if that is more than the limit."""
        if self._opening is None:
            return None
        return self._opening.handshake.give_up(
            "the rest of the body did not come in time"
        )

    async def run(self) -> Connection:
        uri = self._options.uri
        handshake = ClientHandshake(self._options, encode_key(os.urandom(16)))
        context = self._make_context()
        try:
            addresses = await resolve(uri.host, uri.port)
            self.doing = f"connecting to {self._target}"
            sock = await connect_first(addresses)
        except OSError as error:
            raise translate_connect_error(error, self._target) from error
        opening = _Opening(handshake, self._options, self._handler)
        self._opening = opening
        try:
            await self._start(opening, sock, context)
            self.doing = f"waiting for the handshake response of {self._target}"
            return await opening.opened
        except BaseException:
            # Time can be up in the turn that opens the connection: then it ends too.
            opening.abort()
            raise

    def _make_context(self) -> SSLContext | None:
        if not self._options.uri.secure:
            return None
        from wstool.connection.tls import make_client_context

        return make_client_context(
            insecure=self._options.insecure, cacert=self._options.cacert
        )

    async def _start(
        self, opening: _Opening, sock: socket, context: SSLContext | None
    ) -> None:
        loop = asyncio.get_running_loop()
        if context is None:
            await loop.create_connection(lambda: opening, sock=sock)
            return
        self.doing = f"in the TLS handshake with {self._target}"
        # A zone and the dot of the root are no part of the name in a certificate.
        host = self._options.uri.host.partition("%")[0].removesuffix(".")
        try:
            await loop.create_connection(
                lambda: opening,
                sock=sock,
                ssl=context,
                server_hostname=host,
                # Our own limit is the one that counts.
                ssl_handshake_timeout=self._options.connect_timeout or 1e6,
            )
        except OSError as error:
            raise translate_tls_error(error, self._target) from error


class _Opening(asyncio.Protocol):
    """The opening handshake on a transport; replaced by the connection after it."""

    def __init__(
        self, handshake: ClientHandshake, options: ConnectOptions, handler: Handler
    ) -> None:
        self.handshake = handshake
        self._options = options
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._shown = 0
        self.opened: asyncio.Future[Connection] = self._loop.create_future()

    def abort(self) -> None:
        """End the stream at once, also under a connection that has taken it over."""
        if not self.opened.cancel() and not self.opened.cancelled():
            # What it holds may have come too late; asked for, it isn't logged.
            self.opened.exception()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = stream = cast(asyncio.Transport, transport)
        if self._options.observer.request_sent is not None:
            self._options.observer.request_sent(self.handshake.request)
        stream.write(self.handshake.request_bytes)

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            return
        try:
            done = self.handshake.receive_data(data)
        except WstoolError as error:
            self._show_responses()
            self._fail(error)
            return
        self._show_responses()
        if done and self.handshake.agreement is not None and not self.opened.done():
            self._hand_over(self.handshake.agreement)

    def eof_received(self) -> None:
        self._fail(self.handshake.receive_eof())

    def connection_lost(self, exc: Exception | None) -> None:
        if not isinstance(exc, OSError):
            self._fail(self.handshake.receive_eof())
            return
        why = f"the rest of the body did not come: {describe_os_error(exc)}"
        target = self._options.uri.host_header
        self._fail(
            self.handshake.give_up(why) or translate_handshake_error(exc, target)
        )

    def _fail(self, error: WstoolError) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)

    def _show_responses(self) -> None:
        show = self._options.observer.response_received
        for response in self.handshake.responses[self._shown :]:
            if show is not None:
                show(response)
        self._shown = len(self.handshake.responses)

    def _hand_over(self, agreement: Agreement) -> None:
        if self._transport is None:
            raise AssertionError("data came without a transport")
        connection = Connection(
            Role.CLIENT,
            self._handler,
            self._transport,
            loop=self._loop,
            options=self._options.endpoint,
            deflate=agreement.deflate,
            subprotocol=agreement.subprotocol,
            peer=self._options.uri.host_header,
            observer=self._options.observer,
        )
        self.opened.set_result(connection)
        connection.begin(self.handshake.rest)
