"""
What the latest packets held, to compare with it what comes again.

To keep packets costs next to nothing until something comes again; then those of the
latest chunks are searched, once for all that comes again.
"""

from __future__ import annotations

from wstool.capture.changes import overlap
from wstool.capture.packets import SYN, Segment, parse_segment


__all__ = ["RecentPackets"]

_Run = tuple[int, bytearray]
Packets = list[tuple[float, int, bytes]]

_MODULUS = 1 << 32
_FEW = 1 << 9
_LITTLE = 1 << 18
"""Packets or bytes below which a chunk takes those of the next one too."""
_MAX_BEFORE = 1
"""Those that are kept beside the latest one."""
_MAX_RUNS = 64
"""Runs of bytes that are kept of a direction, each behind a gap or a step back."""


class RecentPackets:
    """Keep the latest packets, those of two chunks at least."""

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []

    def keep(self, packets: Packets) -> None:
        """Keep packets, and forget others for them."""
        if not packets:
            return
        if not self._chunks or not self._chunks[-1].extend(packets):
            self._chunks = [*self._chunks[-_MAX_BEFORE:], _Chunk(packets)]

    def compare(self, key: bytes, sequence: int, payload: bytes) -> tuple[int, int]:
        """
        Compare bytes with those that came first.

        Args:
            key: That of the direction.
            sequence: Sequence number of the first byte.

        Returns:
            Offset of the first byte that differs, and how many do.
        """
        seen = bytearray(len(payload))
        differing: list[int] = []
        for chunk in self._chunks:
            for start, run in chunk.find_runs(key):
                offset, low, high = overlap(sequence, payload, start, run)
                first, again = run[low - offset : high - offset], payload[low:high]
                if first != again:
                    # What a run says of bytes that an earlier one holds came later.
                    differing += (
                        low + index
                        for index, (one, other) in enumerate(
                            zip(first, again, strict=True)
                        )
                        if one != other and not seen[low + index]
                    )
                seen[low:high] = b"\1" * (high - low)
        return min(differing, default=0), len(differing)


class _Chunk:
    """Packets, and the bytes of each direction as they came first."""

    __slots__ = ("_count", "_packets", "_runs", "_size")

    def __init__(self, packets: Packets) -> None:
        self._packets: Packets = []
        """Those that aren't among the runs yet."""
        self._runs: dict[bytes, list[_Run]] = {}
        self._count = self._size = 0
        self.extend(packets)

    def extend(self, packets: Packets) -> bool:
        """Take more packets, unless there are enough."""
        if self._count >= _FEW or self._size >= _LITTLE:
            return False
        # Most chunks are of one list alone, which needs no copy.
        self._packets = self._packets + packets if self._packets else packets
        self._count += len(packets)
        if self._count < _FEW:
            self._size += sum(len(packet) for _, _, packet in packets)
        return True

    def find_runs(self, key: bytes) -> list[_Run]:
        """Find the bytes of a direction, with the sequence number of each run."""
        for _, link_type, packet in self._packets:
            segment = parse_segment(link_type, packet)
            if segment is not None and segment[4]:
                self._add(segment)
        self._packets = []
        return self._runs.get(key, [])

    def _add(self, segment: Segment) -> None:
        """Add bytes to a run; those that came first stay."""
        key, sequence, _, flags, payload, _ = segment
        sequence += bool(flags & SYN)
        runs = self._runs.setdefault(key, [])
        start, run = runs[-1] if runs else (sequence, bytearray())
        behind = (sequence - start - len(run)) % _MODULUS
        known = -behind % _MODULUS
        if known <= len(run):
            # It begins in what came before; only what is new in it continues that.
            run += payload[known:]
            runs[-1:] = [(start, run)]
        elif len(runs) < _MAX_RUNS:
            runs.append((sequence, bytearray(payload)))
