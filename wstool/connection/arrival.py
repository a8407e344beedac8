"""A client that arrives: its opening handshake, until a connection takes over."""

from __future__ import annotations

import asyncio
import enum
import os
import socket
from typing import TYPE_CHECKING, cast

from wstool.connection.accept import Answered, Rejected, serialize_refusal
from wstool.connection.http_answer import FileBody, HTTPAnswer
from wstool.connection.proxy_header import parse_proxy_header
from wstool.connection.server_event import ServerEvent
from wstool.connection.tls_stream import TLSStream
from wstool.connection.visitor import Admission, Refusal, Visitor
from wstool.wire.handshake import Request


if TYPE_CHECKING:
    import ssl

    from wstool.connection.listen import Listener


__all__ = ["Arrival"]

_TLS_HANDSHAKE = 0x16
_PIECE = 1 << 16


class _Stage(enum.Enum):
    """What comes next; one after the other, as the server is told."""

    PROXY_HEADER = "a PROXY header"
    TLS = "a TLS handshake"
    REQUEST = "a request"


class Arrival(asyncio.Protocol):
    """An opening handshake on a transport; the connection replaces it."""

    __slots__ = (
        "_address",
        "_body",
        "_buffer",
        "_context",
        "_handshake",
        "_has_hello",
        "_held",
        "_is_paused",
        "_listener",
        "_peer",
        "_rejected",
        "_stage",
        "_transport",
        "_visitor",
    )

    def __init__(
        self,
        listener: Listener,
        *,
        context: ssl.SSLContext | None = None,
        proxied: bool = False,
    ) -> None:
        """
        Wait for a client.

        Args:
            context: TLS context; None without TLS.
            proxied: Whether a PROXY header comes first.
        """
        self._listener = listener
        self._handshake = listener.new_handshake()
        self._context = context
        self._transport: asyncio.Transport | None = None
        self._address = ("", 0)
        self._peer = ""
        self._visitor: Visitor | None = None
        self._rejected = False
        self._has_hello = False
        self._body: FileBody | None = None
        self._buffer = b""
        self._held = 0
        self._is_paused = False
        self._stage = _Stage.PROXY_HEADER if proxied else self._stage_of_stream

    @property
    def _stage_of_stream(self) -> _Stage:
        return _Stage.REQUEST if self._context is None else _Stage.TLS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and start the clock."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        _set_no_delay(self._transport)
        self._set_address(*_find_address(self._transport))
        if self._stage is _Stage.REQUEST:
            self._transport = self._listener.wrap(self._transport)
        self._listener.arrived(self, self._address[0])

    def data_received(self, data: bytes) -> None:
        """Take a part of what opens a connection, and answer it once it is whole."""
        if self._transport is None or self._rejected:
            return
        if self._stage is _Stage.PROXY_HEADER:
            self._receive_proxy_header(data)
        elif self._stage is _Stage.TLS and not self._has_hello:
            self._receive_hello(self._transport, data)
        else:
            self._stage = _Stage.REQUEST
            self._receive_request(self._transport, data)

    def eof_received(self) -> None:
        """Take the end of the client's stream; the transport closes itself."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the stream."""
        self._let_go()
        self._end_body()
        self._listener.arrival_ended(self)

    def pause_writing(self) -> None:
        """Take note that the answer doesn't go out."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._is_paused = False
        if self._transport is not None and self._body is not None:
            self._write_body(self._transport, self._body)

    def time_out(self) -> None:
        """End a handshake that takes too long."""
        self.give_up(f"handshake timed out after {self._describe()}")

    def give_up(self, came: str) -> None:
        """End a handshake, and say why in the log."""
        if not self._rejected:
            self._report(came, None)
        self.abort()

    def turn_away(self, refusal: Refusal) -> None:
        """Refuse a client before it asks."""
        if self._transport is not None:
            if self._stage is not _Stage.REQUEST:
                self.give_up(refusal.problem)
                return
            self._transport.write(serialize_refusal(refusal))
            self._reject(self._transport, refusal.problem, refusal.status)

    def abort(self) -> None:
        """End the stream at once."""
        if self._transport is not None:
            self._transport.abort()

    def _set_address(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._peer = _describe_peer(host, port)

    def _receive_proxy_header(self, data: bytes) -> None:
        self._buffer += data
        try:
            header = parse_proxy_header(self._buffer)
        except ValueError as error:
            self.give_up(str(error))
            return
        if header is None:
            return
        if header.host:
            self._set_address(header.host, header.port)
        rest, self._buffer = self._buffer[header.size :], b""
        self._stage = self._stage_of_stream
        if self._stage is _Stage.REQUEST and self._transport is not None:
            self._transport = self._listener.wrap(self._transport)
        if rest:
            self.data_received(rest)

    def _receive_hello(self, transport: asyncio.Transport, data: bytes) -> None:
        """Take the first bytes of a TLS handshake, or what comes in their place."""
        if data[0] != _TLS_HANDSHAKE or self._context is None:
            refusal = Refusal(400, "this port speaks wss://, not ws://")
            transport.write(serialize_refusal(refusal))
            self._reject(transport, "no TLS handshake on a port with TLS", 400)
            return
        stream = TLSStream(transport, self, self._context, self._tls_failed)
        self._transport = self._listener.wrap(stream)
        self._has_hello = True
        stream.data_received(data)

    def _tls_failed(self, problem: str) -> None:
        self._report(f"TLS handshake failed: {problem}", None)

    def _receive_request(self, transport: asyncio.Transport, data: bytes) -> None:
        outcome = self._handshake.receive_data(data, self._admit, self._browse)
        if outcome is None:
            self._held += len(data)
            self._listener.hold(len(data))
            return
        self._let_go()
        self._listener.arrival_ended(self)
        if isinstance(outcome, Answered):
            self._serve(transport, outcome)
            return
        transport.write(outcome.response)
        if isinstance(outcome, Rejected):
            self._reject(transport, outcome.came, outcome.status)
        elif self._visitor is not None:
            self._listener.connection_opened(transport, self._visitor, outcome)

    def _visit(self, request: Request) -> Visitor:
        if self._visitor is not None:
            return self._visitor
        host, port = self._address
        client = self._listener.find_client(host, request)
        if client is not None:
            self._peer = f"{client} via {self._peer}"
            host, port = client, 0
        secure = self._context is not None
        self._visitor = Visitor(request, self._peer, host, port, secure)
        return self._visitor

    def _admit(self, request: Request) -> Admission | Refusal:
        return self._listener.admit(self._visit(request))

    def _browse(self, request: Request) -> HTTPAnswer | Refusal | None:
        return self._listener.browse(self._visit(request))

    def _serve(self, transport: asyncio.Transport, answered: Answered) -> None:
        """Serve something else than a connection."""
        self._rejected = True
        answer = answered.answer
        text = f"{answered.came} {answer.status}"
        facts = {"request": answered.came, "status": answer.status}
        if not answer.quiet:
            self._listener.log(ServerEvent("served", self._peer, text, facts))
        transport.write(answer.serialize_head())
        if isinstance(answer.body, FileBody):
            self._body = answer.body
            if answered.wants_body:
                self._write_body(transport, answer.body)
                return
            self._end_body()
        elif answered.wants_body:
            transport.write(answer.body)
        self._finish(transport)

    def _write_body(self, transport: asyncio.Transport, body: FileBody) -> None:
        """Write as much of a file as the client takes."""
        self._listener.linger(self)
        while not self._is_paused:
            data = os.read(body.descriptor, min(_PIECE, body.size))
            if not data:
                # The file may have become shorter; the client sees that it's cut.
                self._end_body()
                self._finish(transport)
                return
            self._body = body = body._replace(size=body.size - len(data))
            transport.write(data)

    def _end_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def _reject(self, transport: asyncio.Transport, came: str, status: int) -> None:
        self._report(came, status)
        self._finish(transport)

    def _report(self, came: str, status: int | None) -> None:
        """Say in the log that a client got no connection."""
        self._rejected = True
        self._listener.rejected(self._peer, came, status)

    def _finish(self, transport: asyncio.Transport) -> None:
        # Closing with bytes unread would reset the stream and lose the answer.
        if transport.can_write_eof():
            transport.write_eof()
        self._listener.linger(self)

    def _let_go(self) -> None:
        """Give back what was counted as held."""
        self._listener.hold(-self._held)
        self._held = 0

    def _describe(self) -> str:
        """Say how far the handshake has come, for the log."""
        if self._stage is _Stage.REQUEST:
            return self._handshake.describe()
        return f"nothing that is {self._stage.value}"


def _find_address(transport: asyncio.Transport) -> tuple[str, int]:
    name = transport.get_extra_info("peername")
    # A Unix socket's has no parts, and is mostly empty.
    return (name[0], name[1]) if isinstance(name, tuple) else ("", 0)


def _describe_peer(host: str, port: int) -> str:
    if not host:
        return "unix socket"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _set_no_delay(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
