"""Bytes of which only their content tells what they are."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Protocol

from wstool.capture.reader import MAGIC_SIZE, is_capture
from wstool.services.inspector.captured import CaptureInspector
from wstool.services.inspector.findings import Direction, Event, EventKind, Report
from wstool.services.inspector.har import HarInspector
from wstool.services.inspector.offline import OfflineInspector
from wstool.services.inspector.pasted_packets import find_payloads, parse_packets
from wstool.services.inspector.recorded import LinesInspector, is_line
from wstool.services.inspector.stream import Connections, StreamInspector
from wstool.streams.pasted import PastedOrRaw
from wstool.wire.dissector import MAX_KEPT


__all__ = ["AnyInspector"]

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_TEXT = 64 << 20
_MAX_INFLATED = 1 << 20
_MAX_FIRST_LINE = 1 << 20
# What JSON.stringify makes of a Buffer.
_NODE_BUFFER = re.compile(rb'\{\s*"type":\s*"Buffer"')


class _Inspector(Protocol):
    def feed(self, data: bytes, /) -> None: ...

    def finish(self) -> None: ...


class AnyInspector:
    """
    Inspect a file or a stream: a capture, a recording, raw or pasted bytes.

    Raises:
        HexInvalid: From `feed` and `finish`, if text that can only be hex is none; from
            `finish` after all that came before, if only its end is none.
    """

    def __init__(
        self,
        report: Report,
        *,
        compression: bool = True,
        direction: Direction | None = None,
        tell: Callable[[str], None] | None = None,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start before the first byte.

        Args:
            report: Takes what is found.
            compression: Whether RSV1 may mean a compressed message where nobody knows.
            direction: Direction of raw bytes, where it is known.
            tell: Takes what is odd about them, to be put behind their name.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._tell = tell
        self._report = report
        self._compression = compression
        self._direction = direction
        self._max_kept = max_kept
        self._head = b""
        self._inspector: _Inspector | None = None
        self._gunzip: _Gunzip | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        if self._gunzip is not None:
            self._gunzip.feed(data)
        elif self._inspector is not None:
            self._inspector.feed(data)
        else:
            self._head += data
            self._decide(final=False)

    def finish(self) -> None:
        """Report what is missing at the end."""
        if self._gunzip is None and self._inspector is None:
            self._decide(final=True)
        inspector = self._gunzip or self._inspector
        if inspector is not None:
            inspector.finish()

    def _decide(self, *, final: bool) -> None:
        head = self._head
        if len(head) < MAGIC_SIZE and not final and not _is_raw(head):
            return
        if head[:2] == _GZIP_MAGIC:
            inside = AnyInspector(
                self._report, compression=self._compression, max_kept=self._max_kept
            )
            self._gunzip = _Gunzip(inside, self._report)
            self._head = b""
            self._gunzip.feed(head)
            return
        inspector = self._choose(head, final)
        if inspector is None:
            return
        self._inspector = inspector
        self._head = b""
        inspector.feed(head)

    def _choose(self, head: bytes, final: bool) -> _Inspector | None:
        """Choose by the first bytes; None if they are too few."""
        if is_capture(head[:MAGIC_SIZE]):
            return CaptureInspector(
                self._report, compression=self._compression, max_kept=self._max_kept
            )
        if head.startswith((b"GET ", b"HTTP")):
            shared = Connections(
                self._report, compression=self._compression, max_kept=self._max_kept
            )
            return _OneSided(shared, self._report, head[:1] == b"G")
        text = head.lstrip(b" \t\r\n\xef\xbb\xbf")
        if text.startswith(b"{") and b"0x" not in text[:20]:
            line, newline, _ = text.partition(b"\n")
            if not newline and not final and len(line) < _MAX_FIRST_LINE:
                return None
            if _NODE_BUFFER.match(line):
                return self._choose_raw()
            if is_line(line):
                return LinesInspector(self._report, max_kept=self._max_kept)
            if b'"' in line or line.strip() == b"{":
                return HarInspector(self._report, max_kept=self._max_kept)
        return self._choose_raw()

    def _choose_raw(self) -> _Inspector:
        offline = OfflineInspector(
            self._report,
            compression=self._compression,
            direction=self._direction,
            max_kept=self._max_kept,
        )
        return _RawInspector(
            offline, self._tell, self._report, self._compression, self._max_kept
        )


def _is_raw(head: bytes) -> bool:
    """Tell a frame's first byte from whatever else may begin."""
    return bool(head) and head[0] >= 0x80 and head[0] not in b"\xa1\xd4\xef"


class _RawInspector:
    """Raw or pasted bytes."""

    def __init__(
        self,
        inspector: OfflineInspector,
        tell: Callable[[str], None] | None,
        report: Report,
        compression: bool,
        max_kept: int,
    ) -> None:
        self._report = report
        self._max_kept = max_kept
        self._compression = compression
        self._decoder = PastedOrRaw(max_text=_MAX_TEXT)
        self._inspector = inspector
        self._tell = tell

    def feed(self, data: bytes) -> None:
        self._inspector.feed(self._decoder.feed(data))

    def finish(self) -> None:
        runs = self._decoder.finish()
        if self._decoder.oddity is not None and self._tell is not None:
            self._tell(f"is taken as raw bytes, not as hex: {self._decoder.oddity}")
        packets = None if self._decoder.is_raw else parse_packets(runs)
        if packets is not None:
            link_type, segments = packets
            payloads = find_payloads(segments)
            if payloads is None:
                self._inspect_packets(link_type, runs)
                runs = []
            else:
                runs = payloads
        for run in runs:
            self._inspector.start_run()
            self._inspector.feed(run)
        self._inspector.finish()
        if self._decoder.cut is not None:
            raise self._decoder.cut

    def _inspect_packets(self, link_type: int, packets: list[bytes]) -> None:
        inspector = CaptureInspector(
            self._report,
            compression=self._compression,
            timed=False,
            max_kept=self._max_kept,
        )
        inspector.take([(0.0, link_type, packet) for packet in packets])
        inspector.finish()


class _OneSided:
    """Raw bytes of one direction that begin with the opening handshake."""

    def __init__(self, shared: Connections, report: Report, client: bool) -> None:
        self._report = report
        self._direction = Direction.SENT if client else Direction.RECEIVED
        self._inspector = StreamInspector(shared, ("client", "server"))
        self._size = 0

    def feed(self, data: bytes) -> None:
        self._size += len(data)
        self._inspector.feed(self._direction, data, None)

    def finish(self) -> None:
        self._inspector.finish()
        if self._inspector.number is None:
            text = f"{self._size} bytes left at offset 0: no whole opening handshake"
            self._report.event_found(Event(EventKind.NOTE, text, notable=True))


class _Gunzip:
    """Bytes that gzip has compressed."""

    def __init__(self, inside: AnyInspector, report: Report) -> None:
        self._inside = inside
        self._report = report
        self._inflater = zlib.decompressobj(wbits=31)
        self._problem: str | None = None
        self._begun = False

    def feed(self, data: bytes) -> None:
        while data and self._problem is None:
            try:
                self._inside.feed(self._inflater.decompress(data, _MAX_INFLATED))
            except zlib.error as error:
                self._problem = f"gzip can't be inflated: {error}"
                return
            data = self._inflater.unconsumed_tail
            self._begun = True
            if self._inflater.eof:
                data = self._inflater.unused_data
                self._inflater = zlib.decompressobj(wbits=31)
                self._begun = False

    def finish(self) -> None:
        self._inside.finish()
        if self._problem is None and self._begun and not self._inflater.eof:
            self._problem = "what gzip has compressed is cut off"
        if self._problem is not None:
            self._report.event_found(Event(EventKind.NOTE, self._problem, notable=True))
