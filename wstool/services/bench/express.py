"""
Round trips by the short way: what a server is to answer is known byte for byte.

An echo's frames are the messages' own, without a mask. So what was read is compared
with what is to come, all at once, and only what differs is decoded: pings, a close
frame, replies in fragments or compressed, and those that are wrong.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from itertools import accumulate

from wstool.connection.shortcut import Shortcuts
from wstool.connection.transport import Connection
from wstool.services.bench.echo import ClosedEcho, Lane
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.supply import Supply
from wstool.wire.batch import serialize_batch
from wstool.wire.masking import xor_mask


__all__ = ["ExpressEcho", "Foreseen"]

_LEAST_READ = 1 << 9
_MOST_READ = 1 << 18
# More than this isn't kept twice.
_MAX_RING = 16 << 20


class Foreseen:
    """The frames of the replies to a ring of messages, as a server sends them."""

    def __init__(self, supply: Supply, *, read_size: int) -> None:
        """Serialize them, and so many bytes more than a round of the ring."""
        frames = [
            b"".join(serialize_batch(supply.opcode, [payload], None, xor_mask))
            for payload in supply.payloads
        ]
        ring = b"".join(frames)
        self.size = len(ring)
        """Bytes of a round."""
        self._stream = ring * (read_size // len(ring) + 2)
        self._one_size = len(ring) if len(frames) == 1 else 0
        self.one = ring if self._one_size else b""
        """The frame of the reply, if that is always the same."""
        rounds = frames * (len(self._stream) // len(ring))
        self._ends = [] if self._one_size else [*accumulate(map(len, rounds))]
        self._count = len(frames)

    def match(self, offset: int, data: bytes) -> int:
        """
        Count the frames that end in what was read; -1 if it isn't what was foreseen.

        Args:
            offset: Where in the ring it begins.
        """
        end = offset + len(data)
        if self._stream[offset:end] != data:
            return -1
        if self._one_size:
            return end // self._one_size
        return bisect_right(self._ends, end) - bisect_right(self._ends, offset)

    def locate(self, number: int) -> int:
        """Tell where in the ring the reply to a message begins."""
        index = number % self._count
        return self._ends[index - 1] if index else 0

    def give(self, start: int, end: int) -> bytes:
        """Give the bytes from one place to another behind it."""
        return self._stream[start:end]


class _ExpressLane(Lane):
    """What a connection has in flight, and how much of its next reply has come."""

    __slots__ = ("connection", "is_exact", "offset", "send")

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self.send: Callable[[bytes], None] = connection.send_serialized
        """Writes frames, by the short way."""
        self.offset = 0
        """How far in the ring of replies what has come ends."""
        self.is_exact = False
        """Whether the decoder is in the middle of something."""


class ExpressEcho(ClosedEcho):
    """Round trips in a closed loop, by the short way where there is one."""

    def __init__(
        self, load: Load, supply: Supply, meter: Meter, *, clock: Callable[[], int]
    ) -> None:
        """See ``Driver``."""
        super().__init__(load, supply, meter, clock=clock)
        size = int(supply.mean_size + 14) * load.depth
        self._read_size = min(max(size, _LEAST_READ), _MOST_READ)
        self._shortcuts = Shortcuts(self.loop, read_size=self._read_size)
        self._foreseen: Foreseen | None = None
        # Whether each reply lets a message of the same size go.
        self._is_steady = load.limit is None and supply.one_size is not None
        meter.turned_size = supply.one_size or 0
        self._ahead = supply.ahead

    def drive(self) -> None:
        """Fill every connection."""
        total = sum(map(len, self.supply.payloads))
        if self.supply.is_plain and total <= _MAX_RING:
            self._foreseen = Foreseen(self.supply, read_size=self._read_size)
        super().drive()

    def make_lane(self, connection: Connection) -> Lane:
        """Let a connection's reads come here, if that can be done."""
        if self._foreseen is None:
            return super().make_lane(connection)
        lane = _ExpressLane(connection)
        take = partial(self._take, lane, self._foreseen)
        shortcut = self._shortcuts.add(connection, take)
        if shortcut is None:
            return super().make_lane(connection)
        lane.send = shortcut.send
        return lane

    def stop(self) -> None:
        """Send nothing more."""
        self._is_steady = False
        super().stop()

    def close(self) -> None:
        """Close all connections, whose transports read the rest."""
        self._shortcuts.end()
        super().close()

    def lose(self, connection: Connection, number: int) -> None:
        """Forget a connection that has ended."""
        self._shortcuts.remove(connection)
        super().lose(connection, number)

    def transmit(
        self, connection: Connection, lane: Lane, position: int, count: int
    ) -> None:
        """Send messages straight to the socket."""
        if isinstance(lane, _ExpressLane):
            lane.send(self.supply.serialize(position, count))
        else:
            super().transmit(connection, lane, position, count)

    def _take(self, lane: _ExpressLane, foreseen: Foreseen, data: bytes) -> None:
        """Take what was read."""
        offset = lane.offset
        if lane.is_exact:
            count = -1
        elif data == foreseen.one and not offset:
            count = 1
        else:
            count = foreseen.match(offset, data)
        if count < 0:
            self._take_exactly(lane, foreseen, data)
            return
        now = self.clock()
        lane.offset = (offset + len(data)) % foreseen.size
        connection = lane.connection
        connection.bytes_received += len(data)
        if not count:
            return
        flights = lane.flights
        if not (self._is_steady and flights and flights[0][1] == count):
            self.meter.bytes_received += self.supply.count_bytes(lane.received, count)
            self.take_replies(connection, lane, count, now)
            return
        # What left together has come back together, and leaves again. That is nearly
        # every read, so it is spelled out: no call too many.
        flight = flights[0]
        meter = self.meter
        meter.latency.record(now - flight[0], count)
        flight[0] = now
        if len(flights) > 1:
            flights.rotate(-1)
        meter.turned += count
        position = lane.sent
        lane.sent = position + count
        lane.received += count
        if count == 1 and self._ahead:
            lane.send(self._ahead.pop())
        else:
            lane.send(self.supply.serialize(position, count))

    def _take_exactly(
        self, lane: _ExpressLane, foreseen: Foreseen, data: bytes
    ) -> None:
        """Let what isn't as foreseen be decoded, with the frame that it stands in."""
        connection = lane.connection
        begun = foreseen.locate(lane.received)
        if not lane.is_exact and begun < lane.offset:
            # Those are counted already.
            connection.bytes_received -= lane.offset - begun
            data = foreseen.give(begun, lane.offset) + data
        connection.data_received(data)
        lane.is_exact = connection.endpoint.in_message
        lane.offset = foreseen.locate(lane.received)
