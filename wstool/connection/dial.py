"""Opening a connection as a client: route, TLS, opening handshake, redirects."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from asyncio.sslproto import _SSLProtocolTransport
from socket import socket
from typing import TYPE_CHECKING

from wstool.connection.handler import Handler
from wstool.connection.handshake import ClientHandshake
from wstool.connection.opening import Opening
from wstool.connection.options import ConnectOptions
from wstool.connection.reach import Carrier, reach
from wstool.connection.tcp import GiveUp
from wstool.connection.translate import translate_handshake_error
from wstool.connection.transport import Connection
from wstool.errors import ConnectFailed, HandshakeRefused, TimedOut, WstoolError
from wstool.wire.handshake import encode_key


if TYPE_CHECKING:
    from wstool.connection.redirect import Redirect
    from wstool.connection.tls_client import TLSClient


__all__ = ["dial"]

# gh-113214; mended in 3.11.8 and 3.12.2.
_VERSION = sys.version_info[:3]
_IS_TLS_IN_TLS_BROKEN = _VERSION < (3, 11, 8) or (3, 12) <= _VERSION < (3, 12, 2)


async def dial(options: ConnectOptions, handler: Handler) -> Connection:
    """
    Connect to a server.

    Returns:
        The open connection. It runs by itself: the handler may be called before this
        returns, with what came right behind the server's response.

    Raises:
        ConnectFailed: If the name does not resolve, no address answers or a proxy
            refuses.
        TLSFailed: If TLS fails.
        HandshakeRefused: If the server answers with a status other than 101.
        HandshakeInvalid: If its answer makes no connection.
        TimedOut: If it all takes longer than ``connect_timeout``.
        UsageError: If an option doesn't fit.
    """
    attempt = _Attempt(handler)
    limit = options.connect_timeout
    try:
        async with asyncio.timeout(limit or None):
            return await attempt.run(options)
    except TimeoutError:
        raise attempt.give_up(limit) from None


class _Attempt:
    """One try to connect; knows what it is doing, for the time limit's message."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._give_up: GiveUp | None = None
        self._handshake: ClientHandshake | None = None
        self.doing = "connecting"

    def give_up(self, limit: float) -> WstoolError:
        """Say what is known when time is up: a refusal, or what took too long."""
        if self._give_up is not None:
            refusal = self._give_up("the rest of the body did not come in time")
            if refusal is not None:
                return refusal
        error = TimedOut(self.doing, limit, "--connect-timeout")
        if self._handshake is not None:
            error.detail = self._handshake.describe_partial()
        return error

    async def run(self, options: ConnectOptions) -> Connection:
        """Connect, to another place as often as redirects say."""
        followed: list[Redirect] = []
        while True:
            try:
                return await self._open(options)
            except HandshakeRefused as refusal:
                from wstool.connection.redirect import follow_redirect

                redirect = follow_redirect(options, refusal, followed)
            options = redirect.options
            if options.observer.redirected is not None:
                options.observer.redirected(redirect)
            followed.append(redirect)

    async def _open(self, options: ConnectOptions) -> Connection:
        handshake = ClientHandshake(options, encode_key(os.urandom(16)))
        security = await self._prepare_security(options)
        carrier = await reach(options, self._note_doing)
        target = options.uri.host_header
        opening = Opening(
            handshake,
            options,
            self._handler,
            check=lambda transport: _check_transport(transport, security, options),
            translate=lambda error: _translate(error, security, target),
        )
        try:
            await self._start(opening, carrier, security, options)
            doing = f"waiting for the handshake response of {target}"
            self._note_doing(doing, handshake.give_up)
            self._handshake = handshake
            return await opening.opened
        except BaseException as error:
            # Time can be up in the turn that opens the connection: then it ends too.
            opening.abort()
            if security is not None and not handshake.has_begun:
                explained = security.explain_end(error)
                if explained is not None:
                    raise explained from error
            raise

    async def _prepare_security(self, options: ConnectOptions) -> TLSClient | None:
        """Prepare TLS for a URI that asks for it; its files may block."""
        uri = options.uri
        if not uri.secure:
            return None
        from wstool.connection.tls_client import prepare_tls

        self._note_doing("reading the files of TLS")
        return await prepare_tls(options.tls, host=uri.host, target=uri.host_header)

    def _note_doing(self, doing: str, give_up: GiveUp | None = None) -> None:
        self.doing = doing
        self._give_up = give_up
        self._handshake = None

    async def _start(
        self,
        opening: Opening,
        carrier: Carrier,
        security: TLSClient | None,
        options: ConnectOptions,
    ) -> None:
        """Begin the opening handshake on what leads to the server."""
        loop = asyncio.get_running_loop()
        target = options.uri.host_header
        if not isinstance(carrier, socket) and carrier.is_closing():
            problem = "the proxy ended the stream behind its response"
            raise ConnectFailed(target, problem)
        if security is None:
            if isinstance(carrier, socket):
                await loop.create_connection(lambda: opening, sock=carrier)
            else:
                carrier.set_protocol(opening)
                opening.connection_made(carrier)
                carrier.resume_reading()
            return
        self._note_doing(f"in the TLS handshake with {target}")
        # Our own limit is the one that counts.
        limit = options.connect_timeout or 1e6
        try:
            if isinstance(carrier, socket):
                await loop.create_connection(
                    lambda: opening,
                    sock=carrier,
                    ssl=security.context,
                    server_hostname=security.name,
                    ssl_handshake_timeout=limit,
                )
            else:
                await _start_tls(carrier, opening, security, limit)
        except OSError as error:
            raise security.translate(error) from error


async def _start_tls(
    carrier: asyncio.Transport,
    opening: Opening,
    security: TLSClient,
    limit: float,
) -> None:
    """Begin TLS in a tunnel, which may be one of TLS itself."""
    if _IS_TLS_IN_TLS_BROKEN and isinstance(carrier, _SSLProtocolTransport):
        # Else what goes wrong in the inner TLS is hidden by a TypeError in the outer.
        vars(carrier)["_force_close"] = lambda exc: carrier.abort()
    loop = asyncio.get_running_loop()
    try:
        transport = await loop.start_tls(
            carrier,
            opening,
            security.context,
            server_hostname=security.name,
            ssl_handshake_timeout=limit,
        )
    except BaseException:
        carrier.abort()
        raise
    if transport is None:
        raise ConnectionResetError("the stream ended in the TLS handshake")
    opening.connection_made(transport)


def _check_transport(
    transport: asyncio.BaseTransport,
    security: TLSClient | None,
    options: ConnectOptions,
) -> None:
    """Check what TLS has brought, before anything is sent."""
    if security is not None:
        security.check(transport, options.observer.secured)


def _translate(error: OSError, security: TLSClient | None, target: str) -> WstoolError:
    """Translate what ended the stream in the opening handshake."""
    if security is not None and isinstance(error, ssl.SSLError):
        # TLS 1.3 refuses a client's certificate only when its own handshake is done.
        return security.translate(error)
    return translate_handshake_error(error, target)
