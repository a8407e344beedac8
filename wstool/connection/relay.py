"""
A transparent proxy: clients connect to it, and each gets a connection to the server.

Bytes pass as they are, both ways. A watcher sees them in the order in which they pass.
A side that reads slowly makes the other one wait, so that nothing grows.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from wstool.connection.options import ConnectOptions
from wstool.connection.reach import reach
from wstool.connection.tls_client import TLSClient
from wstool.connection.translate import describe_os_error
from wstool.errors import ConnectFailed, TimedOut, WstoolError


__all__ = ["Relay", "Watcher"]

_BACKLOG = 1024
# A loop reads a quarter of that by itself, and four times as often.
_READ_SIZE = 1 << 20


class Watcher(Protocol):
    """What sees a connection's bytes pass."""

    def client_sent(self, data: bytes, /) -> None:
        """Take bytes that the client sent."""

    def server_sent(self, data: bytes, /) -> None:
        """Take bytes that the server sent."""

    def failed(self, error: WstoolError, /) -> None:
        """Take what kept the client from its server."""

    def ended(self) -> None:
        """Take note that both sides have ended."""


class Relay:
    """Listen for clients, and connect each to the server."""

    def __init__(
        self,
        options: ConnectOptions,
        watch: Callable[[str, str], Watcher],
        *,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """
        Prepare.

        Args:
            options: How to connect to the server.
            watch: Makes the watcher of a connection, from the names of both ends.
            context: For TLS with the clients; None without.
        """
        self._options = options
        self._watch = watch
        self._context = context
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._paused = False
        # One for all: what is read into it is taken out before anything else is read.
        self.buffer = memoryview(bytearray(_READ_SIZE))
        """What ends read into."""
        self.address: tuple[str, int] = ("", 0)
        """Host and port that it listens on."""

    async def start(self, host: str, port: int) -> None:
        """
        Start to listen.

        Raises:
            ConnectFailed: If the address can't be had.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                self._accept, host, port, backlog=_BACKLOG, ssl=self._context
            )
        except OSError as error:
            problem = describe_os_error(error)
            target = f"{host}:{port}"
            raise ConnectFailed(target, problem, doing="listen on") from error
        self.address = self._server.sockets[0].getsockname()[:2]

    def pause(self) -> None:
        """Read from nobody, until the watchers can follow."""
        self._paused = True
        for pair in self._pairs:
            pair.regulate()

    def resume(self) -> None:
        """Go on."""
        self._paused = False
        for pair in self._pairs:
            pair.regulate()

    @property
    def paused(self) -> bool:
        """Whether nobody is to be read from."""
        return self._paused

    def stop(self) -> None:
        """Stop listening, and end all connections."""
        if self._server is not None:
            self._server.close()
        for pair in list(self._pairs):
            pair.abort()

    def _accept(self) -> _End:
        pair = _Pair(self, self._options, self._watch, self._pairs.discard)
        self._pairs.add(pair)
        return pair.client


class _End(asyncio.BufferedProtocol):
    """One end of a pair of connections."""

    def __init__(
        self, pair: _Pair, take: Callable[[bytes], None], buffer: memoryview
    ) -> None:
        self._pair = pair
        self._take = take
        self._buffer = buffer
        self.peer: _End | None = None
        self.transport: asyncio.Transport | None = None
        self.blocked = False
        """Whether it takes no more bytes for now."""
        self.ended = False
        """Whether it sends no more bytes."""
        self.held: list[bytes] = []
        """Bytes that came before the other end was there."""
        self._reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._pair.end_opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        peer = self.peer
        if peer is None:
            # A loop may begin to read behind our back, once at most.
            self.held.append(data)
            self._reading = True
            self.regulate(reading=False)
        elif peer.transport is not None:
            # What answers it is read later, so whoever gets it need not wait for us.
            peer.transport.write(data)
        self._take(data)

    def meet(self, peer: _End) -> None:
        """Take the other end, and give it what was held for it."""
        self.peer = peer
        if peer.transport is not None:
            peer.transport.writelines(self.held)
            if self.ended and peer.transport.can_write_eof():
                peer.transport.write_eof()
        self.held.clear()

    def eof_received(self) -> bool:
        self.ended = True
        peer = self.peer
        if peer is None:
            return self.transport is not None and self.transport.can_write_eof()
        if peer.transport is not None:
            if peer.transport.can_write_eof() and not peer.ended:
                peer.transport.write_eof()
                # The other direction goes on.
                return True
            peer.transport.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.transport = None
        self._pair.end_lost(self, exc)

    def pause_writing(self) -> None:
        self.blocked = True
        self._pair.regulate()

    def resume_writing(self) -> None:
        self.blocked = False
        self._pair.regulate()

    def regulate(self, *, reading: bool) -> None:
        """Read, or don't."""
        transport = self.transport
        if transport is None or transport.is_closing() or reading == self._reading:
            return
        self._reading = reading
        if reading:
            transport.resume_reading()
        else:
            transport.pause_reading()


class _Pair:
    """A client and its connection to the server."""

    def __init__(
        self,
        relay: Relay,
        options: ConnectOptions,
        watch: Callable[[str, str], Watcher],
        forget: Callable[[_Pair], None],
    ) -> None:
        self._relay = relay
        self._options = options
        self._watch = watch
        self._forget = forget
        self._watcher: Watcher | None = None
        self._task: asyncio.Task[None] | None = None
        self._doing = "connecting"
        self.client = _End(self, self._take_from_client, relay.buffer)
        self.server = _End(self, self._take_from_server, relay.buffer)

    def end_opened(self, end: _End) -> None:
        if end is self.client and end.transport is not None:
            end.regulate(reading=False)
            name = _name(end.transport)
            self._watcher = self._watch(name, self._options.uri.host_header)
            self._task = asyncio.get_running_loop().create_task(self._connect())

    def end_lost(self, end: _End, exc: Exception | None) -> None:
        other = self.server if end is self.client else self.client
        if self._task is not None and not self._task.done():
            self._task.cancel()
        if other.transport is not None:
            if exc is not None:
                other.transport.abort()
            else:
                other.transport.close()
            return
        self._finish()

    def regulate(self) -> None:
        paused = self._relay.paused
        opened = self.server.transport is not None or self.server.ended
        self.client.regulate(reading=opened and not paused and not self.server.blocked)
        self.server.regulate(reading=not paused and not self.client.blocked)

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for end in (self.client, self.server):
            if end.transport is not None:
                end.transport.abort()

    def _take_from_client(self, data: bytes) -> None:
        if self._watcher is not None:
            self._watcher.client_sent(data)

    def _take_from_server(self, data: bytes) -> None:
        if self._watcher is not None:
            self._watcher.server_sent(data)

    def _finish(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.ended()
        self._forget(self)

    async def _connect(self) -> None:
        limit = self._options.connect_timeout
        try:
            async with asyncio.timeout(limit or None):
                await self._reach()
        except TimeoutError:
            self._fail(TimedOut(self._doing, limit, "--connect-timeout"))
        except WstoolError as error:
            self._fail(error)
        else:
            self.client.meet(self.server)
            self.server.meet(self.client)
            self.regulate()

    def _fail(self, error: WstoolError) -> None:
        if self._watcher is not None:
            self._watcher.failed(error)
        if self.client.transport is not None:
            self.client.transport.abort()

    async def _reach(self) -> None:
        options = self._options
        loop = asyncio.get_running_loop()
        carrier = await reach(options, self._note)
        security = None
        if options.uri.secure:
            target = options.uri.host_header
            security = TLSClient(options.tls, host=options.uri.host, target=target)
            self._note(f"in the TLS handshake with {target}")
        context = None if security is None else security.context
        name = None if security is None else security.name
        try:
            if isinstance(carrier, socket.socket):
                await loop.create_connection(
                    lambda: self.server, sock=carrier, ssl=context, server_hostname=name
                )
            elif context is None:
                carrier.set_protocol(self.server)
                self.server.connection_made(carrier)
                carrier.resume_reading()
            else:
                transport = await loop.start_tls(
                    carrier, self.server, context, server_hostname=name
                )
                if transport is None:
                    raise ConnectionResetError("the stream ended in the TLS handshake")
                self.server.connection_made(transport)
        except OSError as error:
            if security is None:
                target = options.uri.host_header
                raise ConnectFailed(target, describe_os_error(error)) from error
            raise security.translate(error) from error
        if security is not None and self.server.transport is not None:
            security.check(self.server.transport, None)

    def _note(self, doing: str, give_up: object = None) -> None:
        self._doing = doing


def _name(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    if not peer:
        return "client"
    host, port = peer[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
