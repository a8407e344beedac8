"""One message to many clients: serialized once, bounded for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.services.hub.slow import SlowConsumer, SlowReaders
from wstool.wire.batch import serialize_batch
from wstool.wire.deflate import Deflater
from wstool.wire.frame import serialize_frame
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode


__all__ = ["Fanout", "Post"]

_NO_DEFLATE = 0


class Post(NamedTuple):
    """Messages on their way to the subscribers."""

    sender: Connection | None
    """Whom they came from; None if from no client here."""
    opcode: Opcode
    payloads: list[bytes]


class Fanout:
    """
    Subscribers of the same messages.

    What is delivered at once is serialized once, and compressed at most once for each
    window size, and each client gets it in one write. A client that doesn't read never
    slows the others; beyond a limit it is cut off, or misses messages.
    """

    __slots__ = (
        "_compress_min",
        "_include_sender",
        "_slow",
        "_window_bits",
    )

    def __init__(
        self,
        *,
        include_sender: bool,
        compress_min: int,
        queue_limit: int,
        slow_consumer: SlowConsumer = SlowConsumer.CLOSE,
        log: Callable[[ServerEvent], None],
    ) -> None:
        """
        Start without subscribers.

        Args:
            include_sender: Whether a client gets its own messages too.
            compress_min: Smallest message in bytes that is compressed.
            queue_limit: Bytes that may wait for one client.
            slow_consumer: What is done with a client over the limit.
            log: Is told of such a client.
        """
        self._include_sender = include_sender
        self._compress_min = compress_min
        self._slow = SlowReaders(slow_consumer, queue_limit, log)
        self._window_bits: dict[Connection, int] = {}

    def __len__(self) -> int:
        """Count the subscribers."""
        return len(self._window_bits)

    def is_behind(self) -> bool:
        """Tell whether none of the subscribers has taken what it was sent."""
        return bool(self._window_bits) and all(
            connection.writing_is_paused for connection in self._window_bits
        )

    def add(self, connection: Connection) -> None:
        """Subscribe a client."""
        deflater = connection.endpoint.deflater
        bits = _NO_DEFLATE if deflater is None else deflater.window_bits
        self._window_bits[connection] = bits

    def remove(self, connection: Connection) -> None:
        """Forget a client, if it is known."""
        self._window_bits.pop(connection, None)
        self._slow.forget(connection)

    def resume(self, connection: Connection) -> None:
        """Send what waits for a client that reads again; from ``writing_resumed``."""
        if self._slow:
            self._slow.resume(connection)

    def deliver(self, posts: list[Post]) -> int:
        """Send messages to the subscribers; give the number of messages sent."""
        pieces = _Pieces(posts, self._compress_min)
        senders = set() if self._include_sender else {post.sender for post in posts}
        waiting = self._slow
        has_waiting = len(waiting) > 0
        slow = []
        for connection, bits in self._window_bits.items():
            if connection in senders:
                data = pieces.without(connection, bits)
            else:
                data = pieces.whole(bits)
            if not data:
                continue
            if connection.writing_is_paused or (has_waiting and connection in waiting):
                slow.append((connection, data))
                continue
            connection.send_serialized(data)
        for connection, data in slow:
            if not waiting.send(connection, data, self._count_for(connection, posts)):
                del self._window_bits[connection]
        return self._count(posts)

    def _count(self, posts: list[Post]) -> int:
        """Count what all subscribers together got."""
        count = sum(len(post.payloads) for post in posts) * len(self._window_bits)
        if self._include_sender:
            return count
        own = [post for post in posts if post.sender in self._window_bits]
        return count - sum(len(post.payloads) for post in own)

    def _count_for(self, connection: Connection, posts: list[Post]) -> int:
        """Count what one subscriber gets."""
        return sum(
            len(post.payloads)
            for post in posts
            if self._include_sender or post.sender is not connection
        )


class _Pieces:
    """The frames of one turn's posts, serialized once for each kind of client."""

    def __init__(self, posts: list[Post], compress_min: int) -> None:
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

    def _serialize_post(self, post: Post, bits: int) -> bytes:
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
