"""The server's modes: what happens with the messages of the connected clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.wire.batch import serialize_batch
from wstool.wire.close import Close, CloseCode
from wstool.wire.deflate import Deflater
from wstool.wire.frame import serialize_frame
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode


__all__ = ["BroadcastMode", "EchoMode"]

_NO_DEFLATE = 0
# What clients send in one turn is kept until its end. That is what was read, except
# from those who compress: a sender that goes over this has to wait for the next turn.
_TURN_LIMIT = 1 << 20


class EchoMode:
    """Send every message back to the client that sent it."""

    def connection_opened(self, connection: Connection, /) -> None:
        """Need nothing for a new client."""

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Send messages back."""
        connection.send(opcode, payloads)

    def writing_paused(self, connection: Connection, /) -> None:
        """Read nothing from a client that doesn't read."""
        connection.pause_reading()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Read again from a client that reads again."""
        connection.resume_reading()

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: pings are answered already."""

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: keep-alive sees to pongs."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Need nothing: close frames are answered already."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Need nothing: there is no state."""


class _Post(NamedTuple):
    """Messages on their way to the subscribers."""

    sender: Connection
    opcode: Opcode
    payloads: list[bytes]


class BroadcastMode(EchoMode):
    """
    Send every message to all other clients, or to all.

    What comes in during one turn of the loop is serialized once, and compressed at
    most once for each window size, and each client gets it in one write. A client
    that doesn't read is cut off at a limit; it never slows the others.
    """

    def __init__(
        self,
        *,
        include_sender: bool,
        compress_min: int,
        queue_limit: int,
        cut_off: Callable[[Connection, int], None],
    ) -> None:
        """
        Start without clients.

        Args:
            include_sender: Whether a client gets its own messages too.
            compress_min: Smallest message in bytes that is compressed.
            queue_limit: Bytes that may wait for one client.
            cut_off: Is told of a client over the limit, with the bytes that wait.
        """
        self._include_sender = include_sender
        self._compress_min = compress_min
        self._queue_limit = queue_limit
        self._cut_off = cut_off
        self._loop = asyncio.get_running_loop()
        self._window_bits: dict[Connection, int] = {}
        self._posts: list[_Post] = []
        self._posted = 0
        self._waiting: list[Connection] = []

    def connection_opened(self, connection: Connection, /) -> None:
        """Subscribe a new client."""
        deflater = connection.endpoint.deflater
        bits = _NO_DEFLATE if deflater is None else deflater.window_bits
        self._window_bits[connection] = bits

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep messages until the end of the turn."""
        if not self._posts:
            self._loop.call_soon(self._deliver)
        self._posts.append(_Post(connection, opcode, payloads))
        self._posted += sum(map(len, payloads))
        if self._posted > _TURN_LIMIT:
            connection.pause_reading()
            self._waiting.append(connection)

    def writing_paused(self, connection: Connection, /) -> None:
        """Go on: a slow client has its queue, up to the limit."""

    def writing_resumed(self, connection: Connection, /) -> None:
        """Go on."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        self._window_bits.pop(connection, None)

    def _deliver(self) -> None:
        posts, self._posts, self._posted = self._posts, [], 0
        pieces = _Pieces(posts, self._compress_min)
        senders = set() if self._include_sender else {post.sender for post in posts}
        slow = []
        for connection, bits in self._window_bits.items():
            if connection in senders:
                data = pieces.without(connection, bits)
            else:
                data = pieces.whole(bits)
            if not data:
                continue
            if connection.writing_is_paused:
                waiting = connection.pending_bytes() + len(data)
                if waiting > self._queue_limit and connection.is_open:
                    slow.append((connection, waiting))
                    continue
            connection.send_serialized(data)
        for connection, waiting in slow:
            self._drop(connection, waiting)
        resumed, self._waiting = self._waiting, []
        for connection in resumed:
            connection.resume_reading()

    def _drop(self, connection: Connection, waiting: int) -> None:
        del self._window_bits[connection]
        self._cut_off(connection, waiting)
        reason = f"reads too slowly: {waiting} bytes wait for it"
        connection.close(Close(CloseCode.POLICY_VIOLATION, reason))


class _Pieces:
    """The frames of one turn's posts, serialized once for each kind of client."""

    def __init__(self, posts: list[_Post], compress_min: int) -> None:
        self._posts = posts
        self._compress_min = compress_min
        self._has_large = any(
            len(payload) >= compress_min for post in posts for payload in post.payloads
        )
        self._apart: dict[int, list[bytes]] = {}
        self._whole: dict[int, bytes] = {}

    def whole(self, bits: int) -> bytes:
        """All posts, for clients with this window size."""
        if not self._has_large:
            bits = _NO_DEFLATE
        data = self._whole.get(bits)
        if data is None:
            data = self._whole[bits] = b"".join(self._serialize(bits))
        return data

    def without(self, sender: Connection, bits: int) -> bytes:
        """All posts but a client's own."""
        if all(post.sender is sender for post in self._posts):
            return b""
        pieces = zip(self._posts, self._serialize(bits), strict=True)
        return b"".join(piece for post, piece in pieces if post.sender is not sender)

    def _serialize(self, bits: int) -> list[bytes]:
        if bits not in self._apart:
            self._apart[bits] = [self._serialize_post(p, bits) for p in self._posts]
        return self._apart[bits]

    def _serialize_post(self, post: _Post, bits: int) -> bytes:
        opcode = post.opcode
        if bits == _NO_DEFLATE or not self._has_large:
            pieces = serialize_batch(
                opcode, post.payloads, new_keys=None, mask=xor_mask
            )
            return b"".join(pieces)
        deflater = Deflater(window_bits=bits, context_takeover=False)
        return b"".join(
            serialize_frame(opcode, deflater.compress(payload), rsv1=True)
            if 0 < len(payload) >= self._compress_min
            else serialize_frame(opcode, payload)
            for payload in post.payloads
        )
