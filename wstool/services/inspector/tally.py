"""What a sum-up has: each kind of violation, and what else went wrong, by its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
    Report,
)
from wstool.wire.dissected import Leftover
from wstool.wire.handshake import Response
from wstool.wire.tracker import Part
from wstool.wire.violations import Violation


__all__ = ["Broken", "Closed", "Fork", "Place", "Strange", "Tally"]

_USUAL_CODES = frozenset({None, 1000, 1001})
_END = "the end"
_MAX_STRANGE = 100
"""Kinds of what is strange that are kept."""


class Place(NamedTuple):
    """Where something was found."""

    frame: int | None = None
    """Number of the frame; None if it is at none."""
    connection: int | None = None
    """Number of the connection; None if it belongs to none."""
    stage: str = ""
    """What of the connection it is at, where it is at no frame."""


class Broken(NamedTuple):
    """A rule that was broken, or what is only worth a remark."""

    violation: Violation
    """The first one."""
    place: Place
    times: int


class Closed(NamedTuple):
    """How a side closed."""

    direction: Direction
    text: str
    """The close code with its name, and the reason."""


class Strange(NamedTuple):
    """What else a person looks for who wants to know why a conversation broke."""

    what: Closed | Leftover | Part | Response | str
    """The first one: how a side closed, what it cut off or refused, or an event."""
    place: Place
    times: int


class Tally:
    """Count what is wrong; a report like others. Memory doesn't grow with it."""

    def __init__(self) -> None:
        self._broken: dict[tuple[str, bool], Broken] = {}
        self._strange: dict[object, Strange] = {}
        self.frames = 0
        """Frames so far."""
        self.connections = 0
        """Highest number of a connection so far."""

    @property
    def broken(self) -> list[Broken]:
        """The rules that were broken, in the order in which that was found."""
        return [item for item in self._broken.values() if not item.violation.legal]

    @property
    def remarks(self) -> list[Broken]:
        """What is worth a remark, in the order in which it was found."""
        return [item for item in self._broken.values() if item.violation.legal]

    @property
    def strange(self) -> list[Strange]:
        """What else is strange, in the order in which it was found."""
        return [*self._strange.values()]

    @property
    def only_at_end(self) -> bool:
        """Whether nothing is wrong but at the end."""
        places = (item.place.stage for item in self._strange.values())
        return not self._broken and all(stage in ("", _END) for stage in places)

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Count the violations of a half of the opening handshake."""
        self.connections = max(self.connections, half.connection)
        place = Place(None, half.connection, "the handshake")
        self._add(half.reading.violations, place)
        message = half.message
        if isinstance(message, Response) and message.status >= 200:
            self._note(("status", message.status), message, place)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Count the violations of frames."""
        self.frames += len(frames)
        for item in frames:
            _, _, frame, _, _, _, spoken, answer = item
            if spoken or frame.violations:
                self._add(item.findings, Place(item.number, item.connection))
            if frame.close is not None and answer is None:
                self._take_close(item)
        if frames:
            self.connections = max(self.connections, frames[-1].connection)

    def event_found(self, event: Event) -> None:
        """Count the violation of an event, or what happened."""
        place = Place(None, event.connection, _find_stage(event))
        if event.violation is not None:
            self._add((event.violation,), place)
        elif event.notable:
            # There may be as many sizes as gaps.
            many = event.kind in (EventKind.GAP, EventKind.CHANGE)
            self._note(event.kind if many else event.text, event.text, place)

    def remainder_found(self, remainder: Remainder) -> None:
        """Count what is missing at the end of a direction."""
        what = remainder.leftover or remainder.unfinished
        if what is not None:
            kind = type(what), remainder.direction
            self._note(kind, what, Place(None, remainder.connection, _END))

    def _take_close(self, item: InspectedFrame) -> None:
        close = item.frame.close
        if close is not None and close.code not in _USUAL_CODES:
            closed = Closed(item.direction, str(close))
            place = Place(item.number, item.connection)
            self._note((item.direction, close.code), closed, place)

    def _add(self, violations: Iterable[Violation], place: Place) -> None:
        for violation in violations:
            key = violation.rule, violation.legal
            known = self._broken.get(key)
            times = 1 if known is None else known.times + 1
            first = known or Broken(violation, place, 1)
            self._broken[key] = first._replace(times=times)

    def _note(
        self,
        key: object,
        what: Closed | Leftover | Part | Response | str,
        place: Place,
    ) -> None:
        known = self._strange.get(key)
        if known is not None:
            self._strange[key] = known._replace(times=known.times + 1)
        elif len(self._strange) < _MAX_STRANGE:
            self._strange[key] = Strange(what, place, 1)


def _find_stage(event: Event) -> str:
    if event.connection is None:
        return ""
    return "the handshake" if event.kind is EventKind.NOTE else _END


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
