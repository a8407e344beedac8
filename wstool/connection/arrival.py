"""A client that arrives: its opening handshake, until a connection takes over."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

from wstool.connection.accept import Rejected
from wstool.connection.server_event import ServerEvent
from wstool.connection.visitor import Admission, Refusal, Visitor
from wstool.wire.handshake import Request


if TYPE_CHECKING:
    from wstool.connection.listen import Listener


__all__ = ["Arrival"]


class Arrival(asyncio.Protocol):
    """An opening handshake on a transport; the connection replaces it."""

    __slots__ = (
        "_handshake",
        "_listener",
        "_peer",
        "_rejected",
        "_transport",
        "_visitor",
    )

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._handshake = listener.new_handshake()
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._visitor: Visitor | None = None
        self._rejected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and start the clock."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._peer = _describe_peer(self._transport)
        _set_no_delay(self._transport)
        self._transport = self._listener.wrap(self._transport)
        self._listener.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Take a part of the request, and answer it once it is whole."""
        transport = self._transport
        if transport is None or self._rejected:
            return
        outcome = self._handshake.receive_data(data, self._admit)
        if outcome is None:
            return
        self._listener.arrival_ended(self)
        transport.write(outcome.response)
        if isinstance(outcome, Rejected):
            self._reject(transport, outcome)
        elif self._visitor is not None:
            self._listener.connection_opened(transport, self._visitor, outcome)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the stream."""
        self._listener.arrival_ended(self)

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

    def _admit(self, request: Request) -> Admission | Refusal:
        host, port = _find_address(self._transport)
        self._visitor = Visitor(request, self._peer, host, port)
        return self._listener.admit(self._visitor)

    def _reject(self, transport: asyncio.Transport, rejected: Rejected) -> None:
        self._rejected = True
        self._listener.log(ServerEvent("rejected", self._peer, rejected.came))
        # Closing with bytes unread would reset the stream and lose the answer.
        if transport.can_write_eof():
            transport.write_eof()
        self._listener.linger(self)


def _find_address(transport: asyncio.Transport | None) -> tuple[str, int]:
    name = transport.get_extra_info("peername") if transport is not None else None
    return (name[0], name[1]) if isinstance(name, tuple) else ("", 0)


def _describe_peer(transport: asyncio.Transport) -> str:
    host, port = _find_address(transport)
    if not host:
        return "unknown"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _set_no_delay(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
