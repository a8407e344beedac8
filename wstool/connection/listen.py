"""
Accepting connections as a server.

A connection in its opening handshake has a small protocol object of its own; once
open, nothing of that remains. One sweep a second looks after all time limits.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import NamedTuple, Protocol

from wstool.connection.accept import Accepted, ServerHandshake
from wstool.connection.access import AccessOptions, Gate
from wstool.connection.ages import AgeOptions, Ages
from wstool.connection.arrival import Arrival
from wstool.connection.binding import Binding, bind, bind_unix
from wstool.connection.endpoint import Role
from wstool.connection.forwarded import find_client, is_in
from wstool.connection.handler import Ending, Handler
from wstool.connection.http_answer import HTTPAnswer
from wstool.connection.limits import find_capacity
from wstool.connection.options import EndpointOptions
from wstool.connection.quota import Quota, QuotaOptions
from wstool.connection.server_event import (
    ServerEvent,
    describe_end,
    describe_opening,
)
from wstool.connection.tally import Counts, Tally
from wstool.connection.transport import Connection
from wstool.connection.visitor import Admission, Network, Refusal, Visitor
from wstool.errors import ConnectFailed
from wstool.wire.close import Close, CloseCode
from wstool.wire.handshake import Request


__all__ = [
    "ListenOptions",
    "Listener",
    "ServerEvent",
    "ServerHandler",
    "listen",
]

_SWEEP_INTERVAL = 1.0
# Seconds that a client has to take an answer, or the next part of one.
_LINGER = 5.0
# Bytes of requests that aren't whole, of all clients together.
_MAX_HELD = 16 << 20


class ListenOptions(NamedTuple):
    """How a server accepts connections."""

    host: str = "127.0.0.1"
    port: int = 8765
    """0 for any free port."""
    addresses: tuple[tuple[str, int], ...] | None = None
    """Hosts and ports, in place of one of each."""
    unix_sockets: tuple[str, ...] = ()
    """Paths of Unix sockets to listen on too."""
    reuse_port: bool = False
    """Whether other processes of ours listen on the same ports."""
    subprotocols: tuple[str, ...] = ()
    subprotocol_required: bool = True
    """Whether a client has to speak one of them."""
    access: AccessOptions = AccessOptions()
    quota: QuotaOptions = QuotaOptions()
    ages: AgeOptions = AgeOptions()
    context: ssl.SSLContext | None = None
    """TLS context; None without TLS."""
    proxied: bool = False
    """Whether each stream begins with a PROXY header."""
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies that are believed when they report whom they forward."""
    compression: bool = True
    handshake_timeout: float = 10.0
    """Seconds that an opening handshake may take."""
    endpoint: EndpointOptions = EndpointOptions(max_size=16 << 20)
    wrap_transport: Callable[[asyncio.Transport], asyncio.Transport] | None = None
    """Puts something of its own between a connection and its transport."""

    def find_addresses(self) -> tuple[tuple[str, int], ...]:
        """Find the hosts and ports to listen on."""
        return ((self.host, self.port),) if self.addresses is None else self.addresses


class ServerHandler(Handler, Protocol):
    """What a service does with the connections that clients open."""

    delivered: int
    """Messages that went out otherwise than through ``Connection.send``."""

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
        self.gate = Gate(options.access)
        """Says who gets in."""
        self._tally = Tally()
        self.quota = Quota(options.quota)
        """Says who has room."""
        self._ages = Ages(options.ages)
        self._capacity = find_capacity()
        self._held = 0
        self._arrivals: dict[Arrival, float] = {}
        self._bindings: list[Binding] = []
        self._sweep: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None
        self.log = log
        self.site: Callable[[Visitor], HTTPAnswer | Refusal | None] | None = None
        """Answers requests for something else than a connection."""
        self.connections: set[Connection] = set()
        """Those that are open or closing."""

    @property
    def url(self) -> str:
        """The server's URL, or the first one."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """The server's URLs, one for each place."""
        scheme = "ws" if self._options.context is None else "wss"
        return [binding.describe(scheme) for binding in self._bindings]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the first address that it listens on."""
        for binding in self._bindings:
            if isinstance(binding.address, tuple):
                return binding.address
        return ("", 0)

    async def start(self) -> None:
        """
        Start to listen.

        Raises:
            ConnectFailed: If an address can't be had.
        """
        options = self._options
        new, reuse_port = self._new_arrival, options.reuse_port
        try:
            for host, port in options.find_addresses():
                binding = await bind(new, host, port, reuse_port=reuse_port)
                self._bindings.append(binding)
            for path in options.unix_sockets:
                self._bindings.append(await bind_unix(new, path))
        except ConnectFailed:
            self.abort()
            raise
        self._sweep = self._loop.call_later(_SWEEP_INTERVAL, self._check_all)

    async def stop(self, *, grace: float) -> None:
        """Stop accepting, close all connections with 1001, wait, then end the rest."""
        for binding in self._bindings:
            binding.close()
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
        for binding in self._bindings:
            binding.close()
        if self._sweep is not None:
            self._sweep.cancel()
        for arrival in list(self._arrivals):
            arrival.abort()
        for connection in list(self.connections):
            connection.abort()

    def arrived(self, arrival: Arrival, host: str) -> None:
        """Start the clock of an opening handshake."""
        self._arrivals[arrival] = self._loop.time() + self._options.handshake_timeout
        if not self._believes(host) and not self.quota.arrived(arrival, host):
            arrival.turn_away(self.quota.refuse_for(host))
        if len(self._arrivals) + len(self.connections) > self._capacity:
            self._give_up_oldest()

    def hold(self, size: int) -> None:
        """Count bytes of requests that aren't whole; too many cost the oldest."""
        self._held += size
        while self._held > _MAX_HELD and self._arrivals:
            self._give_up_oldest()

    def linger(self, arrival: Arrival) -> None:
        """Give a client that gets no connection a little time to read the answer."""
        self._arrivals[arrival] = self._loop.time() + _LINGER

    def rejected(self, peer: str, came: str, status: int | None) -> None:
        """Take note that a client got no connection."""
        self._tally.rejected(status)
        facts = {} if status is None else {"status": status}
        self.log(ServerEvent("rejected", peer, came, facts))

    def browse(self, visitor: Visitor) -> HTTPAnswer | Refusal | None:
        """Answer a request for something else than a connection."""
        if self.site is None:
            return None
        return (
            self.gate.check_network(visitor)
            or self.quota.check_rate(visitor, self._loop.time())
            or self.site(visitor)
        )

    def count(self) -> Counts:
        """Count what the server has seen."""
        delivered = self._handler.delivered
        return self._tally.count(self.connections, len(self._arrivals), delivered)

    def arrival_ended(self, arrival: Arrival) -> None:
        """Stop the clock of an opening handshake."""
        self._arrivals.pop(arrival, None)
        self.quota.left(arrival)

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
        return (
            self._check_quota(visitor)
            or self._refuse_beyond_capacity()
            or self._let_in(visitor)
        )

    def find_client(self, host: str, request: Request) -> str | None:
        """Find the address of a client behind trusted proxies."""
        return find_client(host, request.headers, self._options.trusted_proxies)

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
        self._tally.opened += 1
        self.quota.opened(connection, visitor.host)
        self._ages.opened(connection, self._loop.time())
        self.log(describe_opening(visitor, connection))
        # What the handler sends now can already be more than the transport takes.
        transport.set_protocol(connection)
        self._handler.connection_opened(connection, visitor)
        connection.begin(accepted.rest)

    def _connection_ended(self, connection: Connection, ending: Ending) -> None:
        self.connections.discard(connection)
        self._tally.ended(connection, ending)
        self.quota.ended(connection)
        self._ages.ended(connection)
        self.log(describe_end(connection, ending))
        emptied = self._emptied
        if emptied is not None and not self.connections and not emptied.done():
            emptied.set_result(None)

    def _believes(self, host: str) -> bool:
        """Tell whether an address is a proxy's, which comes for others."""
        options = self._options
        return options.proxied or is_in(host, options.trusted_proxies)

    def _new_arrival(self) -> Arrival:
        options = self._options
        return Arrival(self, context=options.context, proxied=options.proxied)

    def _check_quota(self, visitor: Visitor) -> Refusal | None:
        now = self._loop.time()
        return self.quota.check_rate(visitor, now) or self.quota.check(visitor)

    def _let_in(self, visitor: Visitor) -> Admission | Refusal:
        admission = self.gate.admit(visitor)
        if isinstance(admission, Refusal):
            return admission
        return self._handler.refuse(visitor) or admission

    def _refuse_beyond_capacity(self) -> Refusal | None:
        if len(self.connections) < self._capacity:
            return None
        return Refusal(503, "full: no more descriptors", (("Retry-After", "5"),))

    def _give_up_oldest(self) -> None:
        oldest = next(iter(self._arrivals))
        self.arrival_ended(oldest)
        oldest.give_up("too many handshakes that aren't done")

    def _check_all(self) -> None:
        now = self._loop.time()
        for arrival in [o for o, limit in self._arrivals.items() if now >= limit]:
            arrival.time_out()
        for connection in list(self.connections):
            connection.check_alive(now)
        self._ages.sweep(now)
        self.quota.sweep(now)
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
