"""
A connection on an asyncio transport: the only code that reads and writes sockets.

Nothing is awaited here. Reads come in as callbacks and go through the endpoint to the
handler in the same call; writes are joined and go out once for each read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.connection.endpoint import Endpoint, Role, State
from wstool.connection.handler import Ending, Handler
from wstool.connection.joining import write_pieces
from wstool.connection.options import EndpointOptions, Observer
from wstool.connection.patience import Patience
from wstool.connection.translate import describe_os_error
from wstool.errors import (
    ConnectionLost,
    MessageTooBig,
    ProtocolViolation,
    WstoolError,
)
from wstool.wire.close import Close, CloseCode
from wstool.wire.deflate import DeflateParams
from wstool.wire.opcode import Opcode
from wstool.wire.violations import Violation


__all__ = ["Connection"]

# Looking a member up in an enum takes longer than all else here.
_OPEN = State.OPEN


class Connection(Patience, asyncio.Protocol):
    """An open WebSocket connection, client's or server's."""

    __slots__ = (
        "__weakref__",
        "_ended",
        "_hand_on",
        "_handler",
        "_receiving",
        "observer",
        "peer",
        "subprotocol",
        "writing_is_paused",
    )

    def __init__(
        self,
        role: Role,
        handler: Handler,
        transport: asyncio.Transport,
        *,
        loop: asyncio.AbstractEventLoop,
        options: EndpointOptions,
        deflate: DeflateParams | None = None,
        subprotocol: str | None = None,
        peer: str = "",
        observer: Observer | None = None,
        ended: Callable[[Connection, Ending], None] | None = None,
    ) -> None:
        """Take over a transport after the opening handshake; then call ``begin``."""
        endpoint = Endpoint(role, self, options=options, deflate=deflate)
        super().__init__(role, endpoint, transport, loop=loop, options=options)
        self._handler = handler
        # Looked up once, for the data path.
        self._hand_on = handler.batch_received
        if deflate is not None:
            endpoint.batch_received = self._inflated_received
        self.observer = observer if observer and observer.is_watching else None
        """Who sees what passes; None if nobody does."""
        self._ended = ended
        self._receiving = False
        self.peer = peer
        """The peer's address, for people."""
        self.subprotocol = subprotocol
        self.writing_is_paused = False
        """Whether the transport holds more than it should."""

    def begin(self, rest: bytes) -> None:
        """Start the data phase, with what came behind the opening handshake."""
        if self._role is Role.CLIENT:
            # The server has answered the request, so all of it is acknowledged.
            self._begin_waiting()
        self._transport.set_protocol(self)
        if rest:
            self.data_received(rest)

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._endpoint.state is State.OPEN

    @property
    def is_closing(self) -> bool:
        """Whether our close frame is sent and the peer's is awaited."""
        return self._endpoint.state is State.CLOSING

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint inside, for what was agreed and how it closed."""
        return self._endpoint

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, for what is known of socket and TLS."""
        return self._transport

    def pending_bytes(self) -> int:
        """Count the bytes that the operating system has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """Send messages; after a close frame nothing is sent."""
        self.messages_sent += len(payloads)
        self._endpoint.send(opcode, payloads)
        if not self._receiving:
            self._flush()

    def send_serialized(self, data: bytes) -> None:
        """Send frames that are serialized already."""
        endpoint = self._endpoint
        if self._receiving or endpoint.output or self.observer is not None:
            endpoint.send_serialized(data)
            if not self._receiving:
                self._flush()
        elif endpoint.state is _OPEN:  # A broadcast does this for each client.
            self.bytes_sent += len(data)
            self._transport.write(data)

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        if self.observer is not None and self.observer.ping_sent is not None:
            self.observer.ping_sent(payload)
        self.control_sent += len(payload) + 2
        self._endpoint.send_ping(payload)
        self._flush()

    def send_pong(self, payload: bytes = b"") -> None:
        """Send an unsolicited pong."""
        self.control_sent += len(payload) + 2
        self._endpoint.send_pong(payload)
        self._flush()

    def close(self, close: Close = Close(CloseCode.NORMAL_CLOSURE)) -> None:  # noqa: B008
        """Start the closing handshake; it has ``close_timeout`` seconds."""
        if self._endpoint.state is State.OPEN:
            self._endpoint.start_close(close)
            self._flush()
            self._progress.advance()
            self._limit_closing()

    def pause_reading(self) -> None:
        """Take nothing more from the peer until ``resume_reading``."""
        if not self._reading_paused:
            self._reading_paused = True
            self._endpoint.pause()
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on after a pause."""
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()
            nested, self._receiving = self._receiving, True
            self._endpoint.resume()
            self._receiving = nested
            if not nested:
                self._flush()

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        self.bytes_received += len(data)
        if self.observer is not None and self.observer.bytes_received is not None:
            self.observer.bytes_received(data)
        self._receiving = True
        self._endpoint.receive_data(data)
        self._receiving = False
        if self._endpoint.output:
            self._flush()

    def eof_received(self) -> None:
        """Take the end of the stream; the transport flushes and closes itself."""
        self._limit_closing()
        if self._endpoint.close_received is None and self._endpoint.close_sent is None:
            where = " in the middle of a message" if self._endpoint.in_message else ""
            self._fail_once(ConnectionLost(f"the peer ended the stream{where}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the transport."""
        self._end_waiting()
        endpoint = self._endpoint
        if endpoint.close_received is None and endpoint.close_sent is None:
            problem = "the stream ended"
            if isinstance(exc, OSError):
                problem = describe_os_error(exc)
            self._fail_once(ConnectionLost(problem))
        endpoint.state = State.CLOSED
        self._has_ended = True
        ending = Ending(
            self._error,
            endpoint.close_received,
            endpoint.close_sent,
            endpoint.peer_closed_first,
        )
        self._handler.connection_ended(self, ending)
        if self._ended is not None:
            self._ended(self, ending)

    def pause_writing(self) -> None:
        """Pass on that the transport's buffer is full."""
        self.writing_is_paused = True
        self._endpoint.hold_pongs()
        self._handler.writing_paused(self)

    def resume_writing(self) -> None:
        """Pass on that the transport's buffer has room."""
        self.writing_is_paused = False
        self._endpoint.release_pongs()
        self._handler.writing_resumed(self)
        self._flush()

    # What the endpoint calls.

    def batch_received(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Pass messages on."""
        self.messages_received += len(payloads)
        self._hand_on(self, opcode, payloads)

    def ping_received(self, payload: bytes, /) -> None:
        """Pass a ping on; the pong is in the output."""
        self.control_sent += len(payload) + 2
        self._handler.ping_received(self, payload)

    def pong_received(self, payload: bytes, /) -> None:
        """Pass a pong on."""
        self.pong_arrived(self._loop.time())
        self._handler.pong_received(self, payload)

    def close_received(self, close: Close, /) -> None:
        """Pass a close frame on, and see to the end of the stream."""
        self._handler.close_received(self, close)
        self._flush()
        # 7.1.1: the server closes the stream first, the client waits for that.
        if self._role is Role.SERVER:
            self._transport.close()
            self._limit_closing()
        else:
            self._limit_lingering()

    def violation_found(self, violation: Violation, /) -> None:
        """Keep a violation as the reason for the end."""
        if violation.rule == "message_too_big":
            self._fail_once(MessageTooBig(violation.text))
        else:
            self._fail_once(ProtocolViolation(violation.section, violation.text))
        self._flush()
        # Closing with bytes unread would reset the stream, and lose our close frame.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._limit_lingering()

    def _inflated_received(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Pass messages on that may be a thousand times the size of what was read."""
        # Replies are written at once: a peer that doesn't take them is paused in time.
        self.messages_received += len(payloads)
        self._hand_on(self, opcode, payloads)
        self._flush()

    def _flush(self) -> None:
        output = self._endpoint.output
        if not output:
            return
        self._endpoint.output = []  # The transport may keep the list, and call back.
        if self.observer is not None and self.observer.bytes_sent is not None:
            self.observer.bytes_sent(b"".join(output))
        if len(output) == 1:
            data = output[0]
            self.bytes_sent += len(data)
            self._transport.write(data)
        else:
            self.bytes_sent += write_pieces(self._transport, output)

    def _fail_once(self, error: WstoolError) -> None:
        if self._error is None:
            self._error = error
