"""What the frames of a conversation have in numbers."""

from __future__ import annotations

from collections import Counter

from wstool.services.inspector.findings import (
    Direction,
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)
from wstool.wire.opcode import Opcode, opcode_name


__all__ = ["SideStatistics", "Statistics"]

_MAX_ROUND_TRIPS = 1 << 14


class SideStatistics:
    """The numbers of one direction."""

    def __init__(self) -> None:
        self.frames = 0
        self.opcodes: Counter[str] = Counter()
        """Frames by the names of their opcodes."""
        self.messages = 0
        """Messages that ended."""
        self.payload_bytes = 0
        """Bytes of payload as sent, so compressed where they are."""
        self.header_bytes = 0
        self.deflated = 0
        """Bytes of payload that are compressed."""
        self.inflated = 0
        """What those inflate to."""
        self.sizes: Counter[int] = Counter()
        """Frames by the number of bits of their payload length."""

    def take(self, item: InspectedFrame) -> None:
        """Count a frame."""
        frame = item.frame
        header = frame.header
        self.frames += 1
        self.opcodes[opcode_name(header.opcode)] += 1
        self.header_bytes += header.size
        self.payload_bytes += frame.received
        self.sizes[header.payload_length.bit_length()] += 1
        if header.opcode < Opcode.CLOSE and header.fin and frame.part is not None:
            self.messages += 1
        if frame.inflated is not None:
            self.deflated += frame.received
            self.inflated += frame.inflated.size


class Statistics:
    """Count what is found; a report like others. Memory doesn't grow with it."""

    def __init__(self) -> None:
        self.sides = {direction: SideStatistics() for direction in Direction}
        self.connections: set[int] = set()
        self.gaps: Counter[int] = Counter()
        """Pauses between frames, by the number of bits of their microseconds."""
        self.longest_silence: tuple[float, int] | None = None
        """Seconds between two frames, and the number of the second one."""
        self.round_trips: list[float] = []
        """Seconds from ping to pong, the first of them."""
        self.first_time: float | None = None
        self.last_time: float | None = None

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Count a connection."""
        self.connections.add(half.connection)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Count frames."""
        for item in frames:
            self.sides[item.direction].take(item)
            if item.time is not None:
                self._take_time(item.time, item.number)
            answer = item.answer
            if (
                answer is not None
                and answer.delay is not None
                and len(self.round_trips) < _MAX_ROUND_TRIPS
            ):
                self.round_trips.append(answer.delay)
        if frames:
            self.connections.add(frames[-1].connection)

    def event_found(self, event: Event) -> None:
        """Take what happened beside, which isn't counted."""

    def remainder_found(self, remainder: Remainder) -> None:
        """Take what is missing at the end, which isn't counted."""

    def _take_time(self, time: float, number: int) -> None:
        if self.first_time is None or self.last_time is None:
            self.first_time = time
        else:
            pause = max(time - self.last_time, 0.0)
            self.gaps[int(pause * 1e6).bit_length()] += 1
            if self.longest_silence is None or pause > self.longest_silence[0]:
                self.longest_silence = pause, number
        self.last_time = time
