"""What an inspector finds, and what takes it. Directions are the client's."""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol

from wstool.wire.dialogue import Answer
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.handshake import Request, Response
from wstool.wire.reading import Reading
from wstool.wire.tracker import Part
from wstool.wire.violations import Violation


__all__ = [
    "Direction",
    "Event",
    "EventKind",
    "HandshakeHalf",
    "InspectedFrame",
    "Remainder",
    "Report",
]


class Direction(enum.Enum):
    """Which way a frame went, as the client sees it."""

    SENT = "sent"
    RECEIVED = "received"


class InspectedFrame(NamedTuple):
    """A frame in the course of a connection."""

    number: int
    """From 1, over both directions and all connections."""
    direction: Direction
    frame: DissectedFrame
    time: float | None = None
    """Seconds since the epoch; None if nobody knows."""
    compression_assumed: bool = False
    """Whether compression is a guess from RSV1, the negotiation being unknown."""
    connection: int = 1
    """Number of the connection, from 1."""
    in_dialogue: tuple[Violation, ...] = ()
    """What the dialogue says against it."""
    answer: Answer | None = None
    """What it answers."""

    @property
    def findings(self) -> tuple[Violation, ...]:
        """All that is to be said against it."""
        return self.frame.violations + self.in_dialogue

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every rule that it breaks."""
        return tuple(found for found in self.findings if not found.legal)

    @property
    def remarks(self) -> tuple[Violation, ...]:
        """What is strange about it, though no rule forbids it."""
        return tuple(found for found in self.findings if found.legal)


class HandshakeHalf(NamedTuple):
    """A request or a response of the opening handshake."""

    direction: Direction
    message: Request | Response
    reading: Reading = Reading()
    """What its headers mean, and the rules that it breaks."""
    time: float | None = None
    connection: int = 1


class EventKind(enum.Enum):
    """What happened beside frames and handshakes; the values are for programs."""

    CONNECTION = "connection"
    GAP = "gap"
    CHANGE = "change"
    OWED = "owed"
    END = "end"
    RESET = "reset"
    NOTE = "note"


class Event(NamedTuple):
    """Something that happened beside frames and handshakes."""

    kind: EventKind
    text: str
    connection: int | None = None
    """Number of the connection; None if it belongs to none."""
    direction: Direction | None = None
    violation: Violation | None = None
    time: float | None = None
    notable: bool = False
    """Whether a sum-up of what is wrong must have it."""
    silent: bool = False
    """Whether it is nothing to show, but for who keeps the connections."""


class Remainder(NamedTuple):
    """What is missing at the end of a direction."""

    direction: Direction
    leftover: Leftover | None = None
    """Bytes that make no whole frame."""
    unfinished: Part | None = None
    """The latest part of a message that has not ended."""
    connection: int = 1


class Report(Protocol):
    """What an inspector hands its findings to."""

    def handshake_found(self, half: HandshakeHalf, /) -> None:
        """Take a half of the opening handshake."""

    def frames_found(self, frames: list[InspectedFrame], /) -> None:
        """Take the next frames."""

    def event_found(self, event: Event, /) -> None:
        """Take what happened beside."""

    def remainder_found(self, remainder: Remainder, /) -> None:
        """Take what is missing at the end of a direction."""
