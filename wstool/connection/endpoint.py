"""
An endpoint without I/O: bytes in, batches out; methods in, bytes out.

The closing handshake lives here (RFC 6455, section 7). Findings are handed on while
the bytes are decoded, so that what the handler sends in return stands in the output
before the pong or the close frame that answers what came later.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from typing import Protocol

from wstool.connection.masking import bulk_mask, mask_for
from wstool.connection.options import EndpointOptions
from wstool.wire.batch import serialize_batch
from wstool.wire.close import Close, parse_close
from wstool.wire.decoder import Decoder
from wstool.wire.deflate import DeflateParams, Deflater, Inflater
from wstool.wire.frame import serialize_frame
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode
from wstool.wire.violations import Violation


__all__ = ["Endpoint", "EndpointHandler", "Role", "State"]


class Role(enum.Enum):
    """The side of a connection that an endpoint is (RFC 6455, 1.2)."""

    CLIENT = "client"
    SERVER = "server"


class State(enum.Enum):
    """The states of a connection after the opening handshake (7.1.3, 7.1.4)."""

    OPEN = "open"
    CLOSING = "closing"
    """We have sent a close frame and wait for the peer's."""
    CLOSED = "closed"
    """The closing handshake is done, or the connection has failed."""


# Looking a member up in an enum takes longer than all else that send does.
_OPEN = State.OPEN


class EndpointHandler(Protocol):
    """What an endpoint tells, in the order of the bytes."""

    def batch_received(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Take messages."""

    def ping_received(self, payload: bytes, /) -> None:
        """Take note of a ping; it's answered already."""

    def pong_received(self, payload: bytes, /) -> None:
        """Take a pong."""

    def close_received(self, close: Close, /) -> None:
        """Take note of a close frame; it's answered already."""

    def violation_found(self, violation: Violation, /) -> None:
        """Take note that the connection was failed."""


class Endpoint:
    """One side of an open connection."""

    __slots__ = (
        "_compress_min",
        "_decoder",
        "_deflater",
        "_fragment_size",
        "_handler",
        "_held_pong",
        "_holds_pongs",
        "_new_keys",
        "batch_received",
        "close_received",
        "close_sent",
        "output",
        "peer_closed_first",
        "receive_data",
        "state",
    )

    def __init__(
        self,
        role: Role,
        handler: EndpointHandler,
        *,
        options: EndpointOptions,
        deflate: DeflateParams | None = None,
        new_keys: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """
        Begin after the opening handshake.

        Args:
            deflate: What was agreed on permessage-deflate; None without it.
            new_keys: Source of random bytes for masking keys.
        """
        server = role is Role.SERVER
        self._handler = handler
        # This and receive_data pass through here on every read, so that they are what
        # they would call: one call less each on the data path.
        self.batch_received = handler.batch_received
        self._new_keys = None if server else new_keys
        self._compress_min = options.compress_min
        self._fragment_size = options.fragment_size
        self._deflater = _make_deflater(deflate, server=server)
        self._decoder = Decoder(
            self,
            masked=server,
            max_size=options.max_size,
            inflater=_make_inflater(deflate, server=server),
            mask=bulk_mask() if server else mask_for(0),
        )
        self.receive_data: Callable[[bytes], None] = self._decoder.feed
        """Take what arrived."""
        self._holds_pongs = False
        self._held_pong: bytes | None = None
        self.state = State.OPEN
        self.close_received: Close | None = None
        """What the peer's close frame said, once it came."""
        self.close_sent: Close | None = None
        """What our close frame said, once it is in the output."""
        self.peer_closed_first = False
        """Whether our close frame was an answer to the peer's."""
        self.output: list[bytes] = []
        """Bytes to write, in pieces; the owner takes them and clears the list."""

    @property
    def in_message(self) -> bool:
        """Whether the peer has begun a frame or a message and not ended it."""
        return self._decoder.in_message

    @property
    def plain_size(self) -> int:
        """Size in bytes below which a message is sent as one uncompressed frame."""
        limits = [1 << 63]
        if self._deflater is not None:
            limits.append(self._compress_min)
        if self._fragment_size:
            limits.append(self._fragment_size + 1)
        return min(limits)

    @property
    def deflater(self) -> Deflater | None:
        """What compresses our messages, if anything."""
        return self._deflater

    def pause(self) -> None:
        """Hand on nothing until ``resume``."""
        self._decoder.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._decoder.resume()

    def send(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """Send messages, unless our close frame is sent already."""
        if self.state is not _OPEN:
            return
        if self._fragment_size or self._deflater is not None:
            self._send_apart(opcode, payloads)
        elif self._new_keys is None:
            # A server's commonest reply: one call less, and no masks to think of.
            self.output += serialize_batch(opcode, payloads, None, xor_mask)
        else:
            self._send_plain(opcode, payloads)

    def send_fragments(
        self, opcode: Opcode, payloads: list[bytes], fragment_size: int
    ) -> None:
        """Send messages in fragments of a size of their own, uncompressed."""
        for payload in payloads if self.state is _OPEN else ():
            self._send_fragments(opcode, payload, fragment_size, compressed=False)

    def send_serialized(self, data: bytes) -> None:
        """Send whole frames that are serialized already, such as a broadcast."""
        if self.state is _OPEN:
            self.output.append(data)

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 bytes, unless our close frame is sent already."""
        if self.state is _OPEN:
            self._send_frame(Opcode.PING, payload)

    def send_pong(self, payload: bytes = b"") -> None:
        """Send a pong of at most 125 bytes, unless our close frame is sent already."""
        if self.state is _OPEN:
            self._send_frame(Opcode.PONG, payload)

    def hold_pongs(self) -> None:
        """Answer no ping until ``release_pongs``: the peer doesn't read."""
        self._holds_pongs = True

    def release_pongs(self) -> None:
        """Answer the last ping of those that came meanwhile (5.5.3 allows it)."""
        self._holds_pongs = False
        payload, self._held_pong = self._held_pong, None
        if payload is not None:
            self.send_pong(payload)

    def start_close(self, close: Close) -> None:
        """Start the closing handshake (7.1.2), unless it has begun already."""
        if self.state is _OPEN:
            self._send_close(close)
            self.state = State.CLOSING

    def fail(self, close: Close) -> None:
        """Fail the connection (7.1.7): say why, and take nothing more."""
        self._decoder.stop()
        if self.state is _OPEN:
            self._send_close(close)
        self.state = State.CLOSED

    def control_received(self, opcode: Opcode, payload: bytes) -> None:
        """Answer a control frame that the decoder found."""
        if opcode is Opcode.PING:
            # 5.5.2: a ping is answered as soon as is practical, with its payload.
            if self._holds_pongs:
                self._held_pong = payload
            else:
                self.send_pong(payload)
            self._handler.ping_received(payload)
        elif opcode is Opcode.PONG:
            self._handler.pong_received(payload)
        else:
            self._answer_close(parse_close(payload))

    def violation_found(self, violation: Violation) -> None:
        """Fail the connection over what the decoder found."""
        self.fail(Close(violation.close_code, _shorten(violation.text)))
        self._handler.violation_found(violation)

    def _answer_close(self, close: Close) -> None:
        self._decoder.stop()
        self.close_received = close
        if self.state is _OPEN:
            # 5.5.1: the answer typically echoes the close code.
            self.peer_closed_first = True
            self._send_close(Close(close.code))
        self.state = State.CLOSED
        self._handler.close_received(close)

    def _send_close(self, close: Close) -> None:
        self._send_frame(Opcode.CLOSE, close.serialize())
        self.close_sent = close

    def _send_frame(
        self, opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False
    ) -> None:
        key = None if self._new_keys is None else self._new_keys(4)
        mask = mask_for(len(payload))
        self.output.append(
            serialize_frame(
                opcode, payload, fin=fin, rsv1=rsv1, masking_key=key, mask=mask
            )
        )

    def _send_apart(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """Send messages of which some are compressed or fragmented."""
        plain: list[bytes] = []
        limit = self._fragment_size
        for payload in payloads:
            compress = self._deflater is not None and (
                0 < len(payload) >= self._compress_min
            )
            if not compress and not 0 < limit < len(payload):
                plain.append(payload)
                continue
            if plain:
                self._send_plain(opcode, plain)
                plain = []
            if compress and self._deflater is not None:
                payload = self._deflater.compress(payload)
            self._send_fragments(opcode, payload, limit, compressed=compress)
        if plain:
            self._send_plain(opcode, plain)

    def _send_plain(self, opcode: Opcode, payloads: list[bytes]) -> None:
        new_keys = self._new_keys
        mask = xor_mask if new_keys is None else mask_for(sum(map(len, payloads)))
        self.output += serialize_batch(opcode, payloads, new_keys, mask)

    def _send_fragments(
        self, opcode: Opcode, payload: bytes, limit: int, *, compressed: bool
    ) -> None:
        limit = limit or max(len(payload), 1)
        for start in range(0, max(len(payload), 1), limit):
            self._send_frame(
                Opcode.CONTINUATION if start else opcode,
                payload[start : start + limit],
                fin=start + limit >= len(payload),
                rsv1=compressed and start == 0,
            )


def _make_deflater(deflate: DeflateParams | None, *, server: bool) -> Deflater | None:
    if deflate is None:
        return None
    deflater = Deflater(
        window_bits=deflate.server_max_window_bits
        if server
        else deflate.client_max_window_bits,
        context_takeover=not (
            deflate.server_no_context_takeover
            if server
            else deflate.client_no_context_takeover
        ),
    )
    return deflater if deflater.usable else None


def _make_inflater(deflate: DeflateParams | None, *, server: bool) -> Inflater | None:
    if deflate is None:
        return None
    return Inflater(
        window_bits=deflate.client_max_window_bits
        if server
        else deflate.server_max_window_bits,
        context_takeover=not (
            deflate.client_no_context_takeover
            if server
            else deflate.server_no_context_takeover
        ),
    )


def _shorten(reason: str) -> str:
    """Make a close reason of our own, all ASCII, fit a close frame (5.5)."""
    return reason if len(reason) <= 123 else reason[:120] + "..."
