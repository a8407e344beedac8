"""
Accepting connections as a server.

A connection in its opening handshake has a small protocol object of its own; once
open, nothing of that remains. One sweep a second looks after all time limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from wstool.connection.accept import Accepted, ServerHandshake
from wstool.connection.access import AccessOptions, Gate
from wstool.connection.arrival import Arrival
from wstool.connection.endpoint import Role
from wstool.connection.handler import Ending, Handler
from wstool.connection.options import EndpointOptions
from wstool.connection.server_event import ServerEvent
from wstool.connection.translate import describe_os_error
from wstool.connection.transport import Connection
from wstool.connection.visitor import Admission, Refusal, Visitor, hide_tokens
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
    subprotocol_required: bool = True
    """Whether a client has to speak one of them."""
    access: AccessOptions = AccessOptions()
    compression: bool = True
    handshake_timeout: float = 10.0
    """Seconds that an opening handshake may take."""
    endpoint: EndpointOptions = EndpointOptions(max_size=16 << 20)
    wrap_transport: Callable[[asyncio.Transport], asyncio.Transport] | None = None
    """Puts something of its own between a connection and its transport."""


class ServerHandler(Handler, Protocol):
    """What a service does with the connections that clients open."""

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Say why a client gets no connection; None if it gets one."""

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
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
        self._gate = Gate(options.access)
        self._arrivals: dict[Arrival, float] = {}
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
                lambda: Arrival(self), options.host, options.port, backlog=BACKLOG
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
        for arrival in list(self._arrivals):
            arrival.abort()
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
        for arrival in list(self._arrivals):
            arrival.abort()
        for connection in list(self.connections):
            connection.abort()

    def arrived(self, arrival: Arrival) -> None:
        """Start the clock of an opening handshake."""
        self._arrivals[arrival] = self._loop.time() + self._options.handshake_timeout

    def linger(self, arrival: Arrival) -> None:
        """Give a client that was rejected a little time to read the answer."""
        self._arrivals[arrival] = self._loop.time() + _REJECTED_LINGER

    def arrival_ended(self, arrival: Arrival) -> None:
        """Stop the clock of an opening handshake."""
        self._arrivals.pop(arrival, None)

    def new_handshake(self) -> ServerHandshake:
        """Make a handshake with this server's options."""
        return ServerHandshake(
            subprotocols=self._options.subprotocols,
            subprotocol_required=self._options.subprotocol_required,
            compression=self._options.compression,
        )

    def wrap(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Put between a connection and its transport what the options say."""
        wrap = self._options.wrap_transport
        return transport if wrap is None else wrap(transport)

    def admit(self, visitor: Visitor) -> Admission | Refusal:
        """Let a client in, or say why not."""
        admission = self._gate.admit(visitor)
        if isinstance(admission, Refusal):
            return admission
        return self._handler.refuse(visitor) or admission

    def connection_opened(
        self, transport: asyncio.Transport, visitor: Visitor, accepted: Accepted
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
            peer=visitor.peer,
            ended=self._connection_ended,
        )
        self.connections.add(connection)
        self.log(
            ServerEvent(
                "opened", visitor.peer, hide_tokens(visitor.request.resource_name)
            )
        )
        self._handler.connection_opened(connection, visitor)
        connection.begin(accepted.rest)

    def _connection_ended(self, connection: Connection, ending: Ending) -> None:
        self.connections.discard(connection)
        self.log(ServerEvent("closed", connection.peer, _describe_ending(ending)))
        emptied = self._emptied
        if emptied is not None and not self.connections and not emptied.done():
            emptied.set_result(None)

    def _check_all(self) -> None:
        now = self._loop.time()
        for arrival in [o for o, limit in self._arrivals.items() if now >= limit]:
            arrival.time_out()
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


def _describe_ending(ending: Ending) -> str:
    if ending.error is not None:
        return str(ending.error)
    close = ending.close_received or ending.close_sent
    return str(close) if close is not None else "ended"
