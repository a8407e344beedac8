"""Frames of many packets, handed on together."""

from __future__ import annotations

from wstool.services.inspector.findings import (
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
    Report,
)


__all__ = ["Gatherer"]

_MAX_GATHERED = 1 << 10
"""Frames that wait for more."""


class Gatherer:
    """
    Gather frames for a report that has work to do for each call.

    The order of findings stays as it is. Who gathers calls `flush` before it waits for
    anything. Inflated payloads, which may be much larger than what they are made of,
    aren't kept waiting.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._frames: list[InspectedFrame] = []

    def flush(self) -> None:
        """Hand on the frames that wait."""
        if self._frames:
            frames, self._frames = self._frames, []
            self._report.frames_found(frames)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Take frames, which may wait for more."""
        self._frames += frames
        if len(self._frames) >= _MAX_GATHERED or frames[-1].frame.inflated is not None:
            self.flush()

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Hand on a half of the opening handshake."""
        self.flush()
        self._report.handshake_found(half)

    def event_found(self, event: Event) -> None:
        """Hand on what happened beside."""
        self.flush()
        self._report.event_found(event)

    def remainder_found(self, remainder: Remainder) -> None:
        """Hand on what is missing at the end of a direction."""
        self.flush()
        self._report.remainder_found(remainder)
