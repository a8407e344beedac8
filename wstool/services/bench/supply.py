"""The messages that a load is made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from wstool.connection.masking import bulk_mask
from wstool.connection.transport import Connection
from wstool.wire.batch import serialize_batch
from wstool.wire.opcode import Opcode


__all__ = ["Supply", "make_payloads"]

_TEXT = b"The quick brown fox jumps over the lazy dog, and back again. "
_MAX_KEPT = 64
# So many frames of one message are masked at a time: enough for the price of a batch,
# and few enough that nobody waits for it.
_AHEAD = 128
_MAX_AHEAD = 1 << 16


class Supply:
    """
    A ring of payloads, taken in order.

    Lists of the same messages are made once, and the frames of one message some at a
    time, beforehand; each has a fresh masking key (RFC 6455, 5.3).
    """

    def __init__(
        self,
        opcode: Opcode,
        payloads: Sequence[bytes],
        *,
        new_keys: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """
        Take the payloads.

        Args:
            payloads: At least one.
            new_keys: Source of random bytes for masking keys.
        """
        self.opcode = opcode
        self.payloads = list(payloads)
        self._new_keys = new_keys
        self.is_plain = False
        """Whether each message goes out as one frame, uncompressed."""
        self._kept: dict[int, list[bytes]] = {}
        self.ahead: list[bytes] = []
        """Frames of the one message, masked already, to be popped; or empty."""
        sizes = [len(payload) for payload in self.payloads]
        self.largest = max(sizes)
        """Size of the largest payload in bytes."""
        self.mean_size = sum(sizes) / len(sizes)
        """Mean size of the payloads in bytes."""
        self.one_size = sizes[0] if len(set(sizes)) == 1 else None
        """Size of all payloads in bytes, if it is the same."""

    def take(self, position: int, count: int) -> list[bytes]:
        """Give the payloads from a position on; not to be changed."""
        ring = self.payloads
        if len(ring) == 1:
            kept = self._kept.get(count)
            if kept is None:
                kept = ring * count
                if len(self._kept) < _MAX_KEPT:
                    self._kept[count] = kept
            return kept
        return _take(ring, position, count)

    def count_bytes(self, position: int, count: int) -> int:
        """Count the bytes of the payloads from a position on."""
        if self.one_size is not None:
            return self.one_size * count
        return sum(map(len, self.take(position, count)))

    def serialize(self, position: int, count: int) -> bytes:
        """Serialize the messages from a position on, a masked frame each."""
        if count == 1 and len(self.payloads) == 1:
            if not self.ahead:
                self._mask_ahead()
            return self.ahead.pop()
        payloads = self.take(position, count)
        pieces = serialize_batch(self.opcode, payloads, self._new_keys, bulk_mask())
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def send(self, connection: Connection, position: int, count: int) -> None:
        """Send the messages from a position on."""
        if self.is_plain:
            connection.send_serialized(self.serialize(position, count))
        else:
            connection.send(self.opcode, self.take(position, count))

    def _mask_ahead(self) -> None:
        count = min(max(_MAX_AHEAD // max(self.largest, 1), 1), _AHEAD)
        payloads = self.payloads * count
        pieces = serialize_batch(self.opcode, payloads, self._new_keys, bulk_mask())
        whole = b"".join(pieces)
        size = len(whole) // count
        # The same list all the time: whoever pops needn't look it up.
        self.ahead += [
            whole[start : start + size] for start in range(0, len(whole), size)
        ]


def _take(ring: list[bytes], position: int, count: int) -> list[bytes]:
    start = position % len(ring)
    taken = ring[start : start + count]
    while len(taken) < count:
        taken += ring[: count - len(taken)]
    return taken


def make_payloads(smallest: int, largest: int) -> list[bytes]:
    """
    Make ASCII payloads whose sizes run evenly through a range, in a mixed order.

    For one size there is one payload.
    """
    count = min(largest - smallest + 1, 64)
    chosen = [smallest]
    if count > 1:
        span = largest - smallest
        spread = [smallest + i * span // (count - 1) for i in range(count)]
        # A prime over 64 has no divisor in common: each size comes once a round.
        chosen = [spread[i * 67 % count] for i in range(count)]
    whole = _TEXT * (largest // len(_TEXT) + 1)
    return [whole[:size] for size in chosen]
