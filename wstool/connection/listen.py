"""
Accepting connections as a server.

A connection in its opening handshake has a small protocol object of its own; once
open, nothing of that remains. One sweep a second looks after all time limits.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import NamedTuple, Protocol, cast

from wstool.connection.accept import Accepted, Rejected, ServerHandshake
from wstool.connection.endpoint import Role
from wstool.connection.handler import Ending, Handler
from wstool.connection.options import EndpointOptions
from wstool.connection.translate import describe_os_error
from wstool.connection.transport import Connection
from wstool.errors import ConnectFailed
from wstool.wire.close import Close, CloseCode


__all__ = [
    "BACKLOG",
    "ListenOptions",
    "Listener",
    "ServerEvent",
    "ServerHandler",
    "listen",
]

BACKLOG = 4096
"""Connections that the kernel keeps until they are accepted."""

_SWEEP_INTERVAL = 1.0
_REJECTED_LINGER = 2.0


class ListenOptions(NamedTuple):
    """How a server accepts connections."""

    host: str = "127.0.0.1"
    port: int = 8765
    """0 for any free port."""
    subprotocols: tuple[str, ...] = ()
    compression: bool = True
    handshake_timeout: float = 10.0
    """Seconds that an opening handshake may take."""
    endpoint: EndpointOptions = EndpointOptions(max_size=16 << 20)


class ServerEvent(NamedTuple):
    """Something for a server's log."""

    kind: str
    """``opened``, ``closed`` or ``rejected``."""
    peer: str
    text: str
    """Details; escape before use, a client may have written them."""


class ServerHandler(Handler, Protocol):
    """What a service does with the connections that clients open."""

    def connection_opened(self, connection: Connection, /) -> None:
        """Take a new connection, before its first message."""


class Listener:
    """A server's listening socket and its connections."""

    def __init__(
        self,
        handler: ServerHandler,
        options: ListenOptions,
        log: Callable[[ServerEvent], None],
    ) -> None:
        """Prepare; ``listen`` is the way to get one that listens."""
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._handler = handler
        self._openings: dict[_Opening, float] = {}
        self._server: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None
        self.log = log
        self.connections: set[Connection] = set()
        """Those that are open or closing."""
        self.address: tuple[str, int] = ("", 0)
        """Host and port that it listens on."""

    @property
    def url(self) -> str:
        """The server's URL."""
        host, port = self.address
        return f"ws://[{host}]:{port}/" if ":" in host else f"ws://{host}:{port}/"

    async def start(self) -> None:
        """
        Start to listen.

        Raises:
            ConnectFailed: If the address can't be had.
        """
        options = self._options
        target = f"{options.host}:{options.port}"
        try:
            self._server = await self._loop.create_server(
                lambda: _Opening(self), options.host, options.port, backlog=BACKLOG
            )
        except OSError as error:
            problem = describe_os_error(error)
            raise ConnectFailed(target, problem, doing="listen on") from error
        self.address = self._server.sockets[0].getsockname()[:2]
        self._sweep = self._loop.call_later(_SWEEP_INTERVAL, self._check_all)

    async def stop(self, *, grace: float) -> None:
        """Stop accepting, close all connections with 1001, wait, then end the rest."""
        if self._server is not None:
            self._server.close()
        for opening in list(self._openings):
            opening.abort()
        for connection in list(self.connections):
            connection.close(Close(CloseCode.GOING_AWAY))
        if self.connections:
            self._emptied = self._loop.create_future()
            await asyncio.wait([self._emptied], timeout=grace)
        self.abort()

    def abort(self) -> None:
        """End everything at once."""
        if self._server is not None:
            self._server.close()
        if self._sweep is not None:
            self._sweep.cancel()
        for opening in list(self._openings):
            opening.abort()
        for connection in list(self.connections):
            connection.abort()

    def opening_made(self, opening: _Opening) -> None:
        """Start the clock of an opening handshake."""
        self._openings[opening] = self._loop.time() + self._options.handshake_timeout

    def linger(self, opening: _Opening) -> None:
        """Give a client that was rejected a little time to read the answer."""
        self._openings[opening] = self._loop.time() + _REJECTED_LINGER

    def opening_gone(self, opening: _Opening) -> None:
        """Stop the clock of an opening handshake."""
        self._openings.pop(opening, None)

    def new_handshake(self) -> ServerHandshake:
        """Make a handshake with this server's options."""
        return ServerHandshake(
            subprotocols=self._options.subprotocols,
            compression=self._options.compression,
        )

    def connection_opened(
        self, transport: asyncio.Transport, peer: str, accepted: Accepted
    ) -> None:
        """Let a connection begin."""
        connection = Connection(
            Role.SERVER,
            self._handler,
            transport,
            loop=self._loop,
            options=self._options.endpoint,
            deflate=accepted.agreement.deflate,
            subprotocol=accepted.agreement.subprotocol,
            peer=peer,
            ended=self._connection_ended,
        )
        self.connections.add(connection)
        self.log(ServerEvent("opened", peer, accepted.resource_name))
        self._handler.connection_opened(connection)
        connection.begin(accepted.rest)

    def _connection_ended(self, connection: Connection, ending: Ending) -> None:
        self.connections.discard(connection)
        self.log(ServerEvent("closed", connection.peer, _describe_ending(ending)))
        emptied = self._emptied
        if emptied is not None and not self.connections and not emptied.done():
            emptied.set_result(None)

    def _check_all(self) -> None:
        now = self._loop.time()
        for opening in [o for o, limit in self._openings.items() if now >= limit]:
            opening.time_out()
        for connection in list(self.connections):
            connection.check_alive(now)
        self._sweep = self._loop.call_later(_SWEEP_INTERVAL, self._check_all)


async def listen(
    handler: ServerHandler, options: ListenOptions, log: Callable[[ServerEvent], None]
) -> Listener:
    """
    Listen on an address.

    Raises:
        ConnectFailed: If the address can't be had.
    """
    listener = Listener(handler, options, log)
    await listener.start()
    return listener


class _Opening(asyncio.Protocol):
    """An opening handshake on a transport; replaced by the connection after it."""

    __slots__ = ("_handshake", "_listener", "_peer", "_rejected", "_transport")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._handshake = listener.new_handshake()
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._rejected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._peer = _describe_peer(self._transport)
        _set_no_delay(self._transport)
        self._listener.opening_made(self)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or self._rejected:
            return
        outcome = self._handshake.receive_data(data)
        if outcome is None:
            return
        self._listener.opening_gone(self)
        transport.write(outcome.response)
        if isinstance(outcome, Accepted):
            self._listener.connection_opened(transport, self._peer, outcome)
        else:
            self._reject(transport, outcome)

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.opening_gone(self)

    def time_out(self) -> None:
        """End a handshake that takes too long."""
        if not self._rejected:
            came = f"handshake timed out after {self._handshake.describe()}"
            self._listener.log(ServerEvent("rejected", self._peer, came))
        self.abort()

    def abort(self) -> None:
        """End the stream at once."""
        if self._transport is not None:
            self._transport.abort()

    def _reject(self, transport: asyncio.Transport, rejected: Rejected) -> None:
        self._rejected = True
        self._listener.log(ServerEvent("rejected", self._peer, rejected.came))
        # Closing with bytes unread would reset the stream and lose the answer.
        if transport.can_write_eof():
            transport.write_eof()
        self._listener.linger(self)


def _describe_peer(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info("peername")
    if not name:
        return "unknown"
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _describe_ending(ending: Ending) -> str:
    if ending.error is not None:
        return str(ending.error)
    close = ending.close_received or ending.close_sent
    return str(close) if close is not None else "ended"


def _set_no_delay(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
