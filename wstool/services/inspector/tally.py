"""A count of the violations, and where the first of each rule is."""

from __future__ import annotations

from typing import NamedTuple

from wstool.services.inspector.findings import (
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
    Report,
)
from wstool.wire.violations import Violation


__all__ = ["Broken", "Fork", "Tally"]


class Broken(NamedTuple):
    """A rule that was broken."""

    violation: Violation
    """The first one."""
    place: str
    """Where that was, such as ``#3`` for a frame."""
    times: int


class Tally:
    """Count violations; a report like others."""

    def __init__(self) -> None:
        self._broken: dict[str, Broken] = {}
        self.frames = 0
        """Frames so far."""

    @property
    def broken(self) -> list[Broken]:
        """The rules that were broken, in the order in which that was found."""
        return list(self._broken.values())

    @property
    def count(self) -> int:
        """All violations."""
        return sum(broken.times for broken in self._broken.values())

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Count the violations of a half of the opening handshake."""
        if half.reading.violations:
            self._add(half.reading.violations, "the handshake")

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Count the violations of frames."""
        self.frames += len(frames)
        for item in frames:
            if item.remarks or item.frame.violations:
                self._add(item.violations, f"#{item.number}")

    def event_found(self, event: Event) -> None:
        """Count the violation of an event."""
        if event.violation is not None:
            self._add((event.violation,), "the end")

    def remainder_found(self, remainder: Remainder) -> None:
        """Take what is missing, which breaks no rule."""

    def _add(self, violations: tuple[Violation, ...], place: str) -> None:
        for violation in violations:
            known = self._broken.get(violation.rule)
            times = 1 if known is None else known.times + 1
            first = known or Broken(violation, place, 1)
            self._broken[violation.rule] = first._replace(times=times)


class Fork:
    """Hand findings on to several reports, in their order."""

    def __init__(self, *reports: Report) -> None:
        self._reports = reports

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Hand on a half of the opening handshake."""
        for report in self._reports:
            report.handshake_found(half)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Hand on frames."""
        for report in self._reports:
            report.frames_found(frames)

    def event_found(self, event: Event) -> None:
        """Hand on what happened beside."""
        for report in self._reports:
            report.event_found(event)

    def remainder_found(self, remainder: Remainder) -> None:
        """Hand on what is missing at the end of a direction."""
        for report in self._reports:
            report.remainder_found(remainder)
