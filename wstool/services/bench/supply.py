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
# Frames in the ring: each has a masking key of its own, and they come round again.
_MIN_FRAMES = 64
_MAX_FRAME_BYTES = 16 << 20


class Supply:
    """
    A ring of payloads, taken in order.

    What can be made once is: lists of the same messages, and the frames of those that
    go out as they are, masked beforehand.
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
        self._kept: dict[int, list[bytes]] = {}
        self._frames: list[bytes] = []
        sizes = [len(payload) for payload in self.payloads]
        self.largest = max(sizes)
        """Size of the largest payload in bytes."""
        self.mean_size = sum(sizes) / len(sizes)
        """Mean size of the payloads in bytes."""
        self._one_size = sizes[0] if len(set(sizes)) == 1 else None

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
        if self._one_size is not None:
            return self._one_size * count
        return sum(map(len, self.take(position, count)))

    def mask_beforehand(self) -> None:
        """Serialize the frames, unless they take too much memory."""
        rounds = -(-_MIN_FRAMES // len(self.payloads))
        ring = self.payloads * rounds
        if sum(map(len, ring)) > _MAX_FRAME_BYTES:
            ring = self.payloads
        if sum(map(len, ring)) <= _MAX_FRAME_BYTES:
            self._frames = [
                b"".join(
                    serialize_batch(self.opcode, [payload], self._new_keys, bulk_mask())
                )
                for payload in ring
            ]

    def send(self, connection: Connection, position: int, count: int) -> None:
        """Send the messages from a position on."""
        frames = self._frames
        if not frames:
            connection.send(self.opcode, self.take(position, count))
        elif count == 1:
            connection.send_serialized(frames[position % len(frames)])
        else:
            connection.send_serialized(b"".join(_take(frames, position, count)))


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
