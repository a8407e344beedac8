"""The connections of a capture."""

from __future__ import annotations

from collections.abc import Iterable

from wstool.capture.changes import Change
from wstool.capture.fragments import RAW_IP, Fragments
from wstool.capture.packets import LINK_TYPES, parse_segment
from wstool.capture.reader import CaptureReader
from wstool.capture.recent import RecentPackets
from wstool.capture.tcp import Flow, TcpStreams
from wstool.services.inspector.findings import Direction, Event, EventKind, Report
from wstool.services.inspector.gathering import Gatherer
from wstool.services.inspector.stream import Connections, StreamInspector
from wstool.wire.dissector import MAX_KEPT


__all__ = ["CaptureInspector"]


class CaptureInspector:
    """Inspect all WebSocket connections of a capture that comes in pieces."""

    def __init__(
        self,
        report: Report,
        *,
        compression: bool = True,
        timed: bool = True,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start before the first byte of the file.

        Args:
            report: Takes what is found.
            compression: Whether RSV1 may mean compression where nobody knows.
            timed: Whether the packets' times are known.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._report = report = Gatherer(report)
        self._timed = timed
        self._reader = CaptureReader()
        self._recent = RecentPackets()
        self._streams = TcpStreams(self, self._recent.compare)
        self._shared = Connections(report, compression=compression, max_kept=max_kept)
        self._flows: dict[Flow, StreamInspector] = {}
        self._packets = 0
        self._segments = 0
        self._cut = 0
        self._fragments = Fragments()
        self._strange: set[int] = set()

    def feed(self, data: bytes) -> None:
        """Take bytes of the file."""
        self.take(self._reader.feed(data))

    def take(self, packets: list[tuple[float, int, bytes]]) -> None:
        """Take packets."""
        self._recent.keep(packets)
        take = self._streams.take
        self._packets += len(packets)
        for time, link_type, packet in packets:
            segment = parse_segment(link_type, packet)
            if segment is not None:
                self._segments += 1
                if segment[5]:
                    self._cut += 1
                take(time, segment)
            elif link_type not in LINK_TYPES:
                self._strange.add(link_type)
            else:
                self._take_fragment(time, link_type, packet)
        self._report.flush()

    def finish(self) -> None:
        """Report what is missing at the end, and what could not be read."""
        self._fragments.finish()
        self._streams.finish()
        for inspector in self._flows.values():
            inspector.finish()
        self._flows.clear()
        for text in self._find_problems():
            self._report.event_found(Event(EventKind.NOTE, text, notable=True))
        if self._shared.count:
            for text in self._find_oddities():
                self._report.event_found(Event(EventKind.NOTE, text))
        self._report.flush()

    def data_found(self, flow: Flow, forward: bool, data: bytes, time: float) -> None:
        """Take the next bytes of a direction."""
        if flow.notes is None:
            flow.notes = self._open(flow, forward, data)
        inspector, there, back = flow.notes
        inspector.feed(there if forward else back, data, self._known(time))

    def gap_found(self, flow: Flow, forward: bool, size: int, time: float) -> None:
        """Take note that bytes of a direction are missing."""
        if flow.notes is None:
            return
        inspector, there, back = flow.notes
        inspector.skip(there if forward else back, size, self._known(time))

    def change_found(
        self, flow: Flow, forward: bool, change: Change, time: float
    ) -> None:
        """Take note that bytes of a direction came again and were others."""
        if flow.notes is None:
            return
        inspector, there, back = flow.notes
        if inspector.number is None:
            return
        text = (
            f"sent again with {_count(change.size, 'byte')} changed"
            f" (TCP sequence {change.sequence}, byte {change.offset}):"
            " the first are shown"
        )
        self._report.event_found(
            Event(
                EventKind.CHANGE,
                text,
                inspector.number,
                there if forward else back,
                time=self._known(time),
                notable=True,
            )
        )

    def flow_ended(self, flow: Flow, reset: bool, time: float) -> None:
        """Take note that a connection is over."""
        inspector = self._flows.pop(flow, None)
        if inspector is None:
            return
        _, there, back = flow.notes
        by = None
        if flow.forward_ended is not None:
            by = there if flow.forward_ended else back
        inspector.end(self._known(time), reset=reset, by=by)

    def _take_fragment(self, time: float, link_type: int, packet: bytes) -> None:
        whole = self._fragments.take(time, link_type, packet)
        segment = None if whole is None else parse_segment(RAW_IP, whole)
        if segment is not None:
            self._segments += 1
            self._streams.take(time, segment)

    def _known(self, time: float) -> float | None:
        return time if self._timed else None

    def _open(
        self, flow: Flow, forward: bool, data: bytes
    ) -> tuple[StreamInspector, Direction, Direction]:
        """Find out who is the client, and begin."""
        names = flow.names
        client_first = flow.began or _is_clients(flow, forward, data) is forward
        if not client_first:
            names = (names[1], names[0])
        inspector = StreamInspector(self._shared, names, began=flow.began)
        self._flows[flow] = inspector
        if client_first:
            return inspector, Direction.SENT, Direction.RECEIVED
        return inspector, Direction.RECEIVED, Direction.SENT

    def _find_oddities(self) -> Iterable[str]:
        if self._streams.repeated:
            segments = _count(self._streams.repeated, "TCP segment")
            yield f"{segments} came again (retransmissions)"
        if self._fragments.whole:
            yield f"{_count(self._fragments.whole, 'packet')} of IP came in fragments"

    def _find_problems(self) -> Iterable[str]:
        if self._reader.problem is not None:
            yield self._reader.problem
        for link_type in sorted(self._strange):
            yield f"link type {link_type} can't be read"
        if self._cut:
            packets = _count(self._cut, "packet")
            yield f"not captured whole: {packets}; try a larger snapshot length"
        for reason, count in self._fragments.given_up.items():
            packets = _count(count, "packet")
            yield f"{packets} of IP can't be put together from fragments: {reason}"
        if self._shared.count:
            return
        if not self._packets:
            yield "the capture holds no packets"
        elif not self._segments:
            yield f"the capture holds no TCP in its {self._packets} packets"
        else:
            yield (
                "the capture holds no WebSocket connection that can be read"
                f" ({self._segments} TCP segments); TLS has to be decrypted first"
            )


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_clients(flow: Flow, forward: bool, data: bytes) -> bool:
    """Guess whether bytes come from the client, where the beginning isn't there."""
    if data.startswith(b"GET "):
        return True
    if data.startswith(b"HTTP/"):
        return False
    if len(data) >= 2 and data[0] & 0b0011_0000 == 0 and data[0] & 0x80:
        return bool(data[1] & 0x80)
    ports = flow.ports if forward else flow.ports[::-1]
    return ports[0] > ports[1]
