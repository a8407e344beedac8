"""
TCP streams out of segments as they were captured.

Segments may come twice, late, in another order, or never. What is missing is a gap,
once it is sure that it doesn't come: the other side has acknowledged it, too much came
after it, or the stream is at its end.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Any, Protocol

from wstool.capture.changes import Change, Compare, restore
from wstool.capture.packets import ACK, FIN, RST, SYN, Segment


__all__ = ["Flow", "StreamSink", "TcpStreams"]

_MODULUS = 1 << 32
_HALF = 1 << 31
_MAX_LATE = 1 << 22
"""Bytes that are kept of a direction while earlier ones are awaited."""
_MAX_LATE_SEGMENTS = 1 << 10
_PATIENCE = 8
"""Segments that may overtake one which the other side has acknowledged."""
_MAX_FINISHED = 1 << 12
_MAX_FLOWS = 1 << 16


class Flow:
    """A TCP connection."""

    __slots__ = ("backward", "began", "ending", "forward", "forward_ended", "notes")

    def __init__(self, key: bytes, *, began: bool) -> None:
        self.forward = _Half(key, self)
        self.backward = _Half(_reverse(key), self)
        self.forward.peer, self.backward.peer = self.backward, self.forward
        self.began = began
        """Whether its beginning is there; then the client's direction is forward."""
        self.ending = False
        """Whether a side has ended it."""
        self.forward_ended: bool | None = None
        """Whether the forward side did that first; None if none has, or both."""
        self.notes: Any = None
        """Whatever the sink keeps of it."""

    @property
    def names(self) -> tuple[str, str]:
        """The two addresses, the one first that the forward direction comes from."""
        return _name(self.forward.key)

    @property
    def ports(self) -> tuple[int, int]:
        """The two ports, in the same order."""
        ports = self.forward.key[-4:]
        return int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big")


class _Half:
    """A direction of a TCP connection."""

    __slots__ = (
        "acked",
        "ended",
        "fin",
        "first",
        "flow",
        "key",
        "late",
        "late_size",
        "next",
        "peer",
    )

    peer: _Half

    def __init__(self, key: bytes, flow: Flow) -> None:
        self.key = key
        self.flow = flow
        self.first: int | None = None
        """Sequence number of the first byte."""
        self.next: int | None = None
        """Sequence number of the next byte; None if nothing has come."""
        self.acked: int | None = None
        """What this side has acknowledged of the other's bytes."""
        self.fin: int | None = None
        """Sequence number behind the last byte."""
        self.ended = False
        self.late: dict[int, bytes] = {}
        self.late_size = 0


class StreamSink(Protocol):
    """What takes the streams."""

    def data_found(
        self, flow: Flow, forward: bool, data: bytes, time: float, /
    ) -> None:
        """Take the next bytes of a direction."""

    def gap_found(self, flow: Flow, forward: bool, size: int, time: float, /) -> None:
        """Take note that bytes of a direction are missing."""

    def change_found(
        self, flow: Flow, forward: bool, change: Change, time: float, /
    ) -> None:
        """Take note that bytes of a direction came again and were others."""

    def flow_ended(self, flow: Flow, reset: bool, time: float, /) -> None:
        """Take note that a connection is over."""


class TcpStreams:
    """Put segments in order, for each connection."""

    def __init__(self, sink: StreamSink, compare: Compare | None = None) -> None:
        """
        Start before the first segment.

        Args:
            sink: Takes the streams.
            compare: Compares what comes again with what was given to the sink.
        """
        self._sink = sink
        self._compare = compare
        self._halves: dict[bytes, _Half] = {}
        self._finished: OrderedDict[bytes, None] = OrderedDict()
        self._time = 0.0
        self.repeated = 0
        """Segments that came again."""

    def take(self, time: float, segment: Segment) -> None:
        """Take a segment."""
        key, sequence, acknowledgment, flags, payload, cut = segment
        self._time = time
        half = self._halves.get(key)
        if half is None or (flags & SYN and self._is_new(half, sequence)):
            half = self._open(key, sequence, flags, payload)
            if half is None:
                return
        if flags & ACK:
            half.acked = acknowledgment
        if payload and sequence == half.next and not half.late and not flags & 7:
            half.next = (sequence + len(payload)) % _MODULUS
            flow = half.flow
            self._sink.data_found(flow, half is flow.forward, payload, time)
            if cut:
                self._skip(half, cut)
            return
        self._take_slowly(half, sequence, flags, payload, cut)

    def finish(self) -> None:
        """Give what is still awaiting earlier bytes; the capture ends."""
        seen: set[int] = set()
        for half in list(self._halves.values()):
            if id(half.flow) not in seen:
                seen.add(id(half.flow))
                self._flush(half.flow)
        self._halves.clear()

    def _take_slowly(
        self, half: _Half, sequence: int, flags: int, payload: bytes, cut: int
    ) -> None:
        if flags & SYN:
            sequence = (sequence + 1) % _MODULUS
            half.first = half.next = sequence
        if flags & (FIN | RST):
            self._find_first_end(half, flags)
        if flags & FIN:
            half.fin = (sequence + len(payload) + cut) % _MODULUS
        if payload:
            self._place(half, sequence, payload)
            if cut and half.next == (sequence + len(payload)) % _MODULUS:
                self._skip(half, cut)
        for side in (half, half.peer):
            if side.late:
                self._judge(side)
        if flags & RST:
            self._end(half.flow, reset=True)
            return
        if half.fin is not None and half.next in (None, half.fin):
            half.ended = True
        if half.ended and half.peer.ended:
            self._end(half.flow, reset=False)

    def _find_first_end(self, half: _Half, flags: int) -> None:
        """Take note of who ends a connection, unless both do at once."""
        flow, acked, other = half.flow, half.acked, half.peer.fin
        if not flow.ending:
            flow.ending = True
            flow.forward_ended = half is flow.forward
            return
        if not flags & FIN or half.fin is not None or acked is None or other is None:
            return
        if _subtract(acked, other) <= 0:
            flow.forward_ended = None

    def _is_new(self, half: _Half, sequence: int) -> bool:
        """Tell whether SYN begins another connection with the same ports."""
        if half.next is None or half.next == (sequence + 1) % _MODULUS:
            return False
        if (half.next - sequence - 1) % _MODULUS < _MAX_LATE and half.flow.began:
            return False
        self._end(half.flow, reset=False)
        return True

    def _open(
        self, key: bytes, sequence: int, flags: int, payload: bytes
    ) -> _Half | None:
        # The last words of a connection that is over begin no other one.
        if not flags & SYN and (not payload or key in self._finished):
            return None
        if len(self._halves) >= _MAX_FLOWS:
            self._end(next(iter(self._halves.values())).flow, reset=False)
        self._finished.pop(key, None)
        self._finished.pop(_reverse(key), None)
        if flags & SYN and flags & ACK:
            # Its request for the connection wasn't captured, but who made it is clear.
            flow = Flow(_reverse(key), began=True)
            half = flow.backward
        else:
            flow = Flow(key, began=bool(flags & SYN))
            half = flow.forward
        if not flags & SYN:
            half.first = half.next = sequence
        self._halves[half.key], self._halves[half.peer.key] = half, half.peer
        return half

    def _place(self, half: _Half, sequence: int, payload: bytes) -> None:
        if half.next is None:
            half.first = half.next = sequence
        ahead = (sequence - half.next) % _MODULUS
        if ahead >= _HALF:
            known = _MODULUS - ahead
            self.repeated += 1
            # With a byte that nobody takes, a peer is asked whether it is still there.
            if self._compare is not None and (known, len(payload)) != (1, 1):
                offset, size = self._compare(half.key, sequence, payload[:known])
                if size:
                    self._tell_change(half, sequence + offset, size)
            if known >= len(payload):
                return
            sequence, payload, ahead = half.next, payload[known:], 0
        if half.late:
            touched = [
                (start, data)
                for start, data in half.late.items()
                if (start - sequence) % _MODULUS < len(payload)
                or (sequence - start) % _MODULUS < len(data)
            ]
            payload, found = restore(sequence, payload, touched)
            for offset, size in found:
                self._tell_change(half, sequence + offset, size)
        if ahead == 0:
            self._deliver(half, payload)
            return
        earlier = half.late.get(sequence)
        if earlier is not None and len(earlier) >= len(payload):
            self.repeated += 1
            return
        half.late[sequence] = payload
        half.late_size += len(payload) - len(earlier or b"")

    def _tell_change(self, half: _Half, sequence: int, size: int) -> None:
        sequence %= _MODULUS
        change = Change(size, (sequence - (half.first or 0)) % _MODULUS, sequence)
        forward = half is half.flow.forward
        self._sink.change_found(half.flow, forward, change, self._time)

    def _deliver(self, half: _Half, payload: bytes) -> None:
        """Give bytes that are next, and those that waited for them."""
        if half.next is None:
            raise AssertionError("bytes are next only where that is known")
        while True:
            half.next = (half.next + len(payload)) % _MODULUS
            self._sink.data_found(
                half.flow, half is half.flow.forward, payload, self._time
            )
            found = self._pop_late(half)
            if found is None:
                return
            payload = found

    def _pop_late(self, half: _Half) -> bytes | None:
        """Find bytes that are next now; drop what came twice."""
        while half.late:
            sequence = half.next or 0
            if sequence not in half.late:
                sequence = self._find_first(half)
            ahead = self._ahead(half, sequence)
            if ahead > 0:
                return None
            payload = half.late.pop(sequence)
            half.late_size -= len(payload)
            if -ahead < len(payload):
                return payload[-ahead:]
            self.repeated += 1
        return None

    def _find_first(self, half: _Half) -> int:
        return min(half.late, key=lambda item: self._ahead(half, item))

    def _ahead(self, half: _Half, sequence: int) -> int:
        return _subtract(sequence, half.next or 0)

    def _judge(self, half: _Half) -> None:
        """Give up on bytes that won't come."""
        first = self._find_first(half)
        acked = half.peer.acked
        sure = (
            acked is not None
            and self._ahead(half, acked) >= self._ahead(half, first)
            and len(half.late) >= _PATIENCE
        )
        if sure or half.late_size > _MAX_LATE or len(half.late) > _MAX_LATE_SEGMENTS:
            self._pass_gap(half, first)

    def _pass_gap(self, half: _Half, first: int) -> None:
        self._skip(half, self._ahead(half, first))
        payload = half.late.pop(first)
        half.late_size -= len(payload)
        self._deliver(half, payload)

    def _skip(self, half: _Half, size: int) -> None:
        half.next = ((half.next or 0) + size) % _MODULUS
        self._sink.gap_found(half.flow, half is half.flow.forward, size, self._time)

    def _flush(self, flow: Flow) -> None:
        for half in (flow.forward, flow.backward):
            while half.late:
                self._pass_gap(half, self._find_first(half))
            end = half.peer.acked if half.fin is None else half.fin
            # FIN takes a sequence number too, so that one more may be acknowledged.
            if half.next is not None and end is not None:
                missing = self._ahead(half, end)
                if 1 < missing < _HALF or (missing == 1 and half.fin is not None):
                    self._skip(half, missing)

    def _end(self, flow: Flow, *, reset: bool) -> None:
        self._flush(flow)
        self._sink.flow_ended(flow, reset, self._time)
        for half in (flow.forward, flow.backward):
            self._halves.pop(half.key, None)
            self._finished[half.key] = None
            if len(self._finished) > _MAX_FINISHED:
                self._finished.popitem(last=False)


def _subtract(sequence: int, other: int) -> int:
    """Tell how far a sequence number is ahead of another one."""
    ahead = (sequence - other) % _MODULUS
    return ahead - _MODULUS if ahead >= _HALF else ahead


def _reverse(key: bytes) -> bytes:
    size = (len(key) - 4) // 2
    source, target, ports = key[:size], key[size:-4], key[-4:]
    return target + source + ports[2:] + ports[:2]


def _name(key: bytes) -> tuple[str, str]:
    size = (len(key) - 4) // 2
    names = []
    for address, port in (
        (key[:size], key[-4:-2]),
        (key[size:-4], key[-2:]),
    ):
        host = str(ipaddress.ip_address(address))
        host = f"[{host}]" if size == 16 else host
        names.append(f"{host}:{int.from_bytes(port, 'big')}")
    return names[0], names[1]
