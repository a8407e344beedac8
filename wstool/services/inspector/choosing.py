"""Which findings are shown: what a filter, a direction or a connection chooses."""

from __future__ import annotations

from collections.abc import Callable

from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
    Report,
)
from wstool.wire.filtering import Predicate, Value, parse_filter
from wstool.wire.opcode import Opcode, opcode_name


__all__ = ["FIELDS", "Chooser", "parse_frame_filter"]


def _text(item: InspectedFrame) -> Value:
    content = item.frame.content
    return None if content is None else content.data.decode(errors="backslashreplace")


def _code(item: InspectedFrame) -> Value:
    return None if item.frame.close is None else item.frame.close.code


def _reason(item: InspectedFrame) -> Value:
    return None if item.frame.close is None else item.frame.close.reason


def _message(item: InspectedFrame) -> Value:
    return None if item.frame.part is None else item.frame.part.message


def _fragment(item: InspectedFrame) -> Value:
    return None if item.frame.part is None else item.frame.part.fragment


def _compressed(item: InspectedFrame) -> Value:
    return item.frame.part is not None and item.frame.part.compressed


def _inflated(item: InspectedFrame) -> Value:
    return None if item.frame.inflated is None else item.frame.inflated.size


def _key(item: InspectedFrame) -> Value:
    key = item.frame.header.masking_key
    return None if key is None else key.hex()


def _delay(item: InspectedFrame) -> Value:
    return None if item.answer is None else item.answer.delay


_READERS: dict[str, Callable[[InspectedFrame], Value]] = {
    "number": lambda item: item.number,
    "connection": lambda item: item.connection,
    "direction": lambda item: item.direction.value,
    "opcode": lambda item: opcode_name(item.frame.header.opcode).partition(" ")[0],
    "length": lambda item: item.frame.header.payload_length,
    "fin": lambda item: item.frame.header.fin,
    "rsv1": lambda item: item.frame.header.rsv1,
    "rsv2": lambda item: item.frame.header.rsv2,
    "rsv3": lambda item: item.frame.header.rsv3,
    "masked": lambda item: item.frame.header.masked,
    "key": _key,
    "offset": lambda item: item.frame.offset,
    "time": lambda item: item.time,
    "message": _message,
    "fragment": _fragment,
    "compressed": _compressed,
    "inflated": _inflated,
    "payload": lambda item: item.frame.payload.hex(),
    "text": _text,
    "code": _code,
    "reason": _reason,
    "delay": _delay,
    "violations": lambda item: len(item.violations),
    "remarks": lambda item: len(item.remarks),
    "rule": lambda item: " ".join(found.rule for found in item.findings),
}
FIELDS: dict[str, frozenset[str] | None] = dict.fromkeys(_READERS)
"""The fields of a filter, and the words that some of them can be."""
FIELDS["direction"] = frozenset(direction.value for direction in Direction)
FIELDS["opcode"] = frozenset({*(opcode_name(code) for code in Opcode), "reserved"})


def parse_frame_filter(text: str) -> Callable[[InspectedFrame], bool]:
    """
    Parse a filter of frames.

    Raises:
        FilterInvalid: If it is none.
    """
    predicate: Predicate = parse_filter(text, FIELDS)
    return lambda item: predicate(lambda name: _READERS[name](item))


class Chooser:
    """Hand on what is chosen."""

    def __init__(
        self,
        report: Report,
        *,
        matches: Callable[[InspectedFrame], bool] | None = None,
        direction: Direction | None = None,
        connection: int | None = None,
    ) -> None:
        """
        Start before the first finding.

        Args:
            report: Takes what is chosen.
            matches: Chooses frames; None for all. Then other findings are dropped,
                but for those that belong to no connection.
            direction: Chooses a direction; None for both.
            connection: Chooses a connection; None for all.
        """
        self._report = report
        self._matches = matches
        self._direction = direction
        self._connection = connection

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Hand on a half of the opening handshake."""
        if self._matches is None and self._chooses(half.connection, half.direction):
            self._report.handshake_found(half)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Hand on the frames that are chosen."""
        chosen = [
            item
            for item in frames
            if self._chooses(item.connection, item.direction)
            and (self._matches is None or self._matches(item))
        ]
        if chosen:
            self._report.frames_found(chosen)

    def event_found(self, event: Event) -> None:
        """Hand on what happened beside."""
        shown = self._matches is None or event.kind in (
            EventKind.CONNECTION,
            EventKind.NOTE,
        )
        if shown and self._chooses(event.connection, event.direction):
            self._report.event_found(event)

    def remainder_found(self, remainder: Remainder) -> None:
        """Hand on what is missing at the end of a direction."""
        chosen = self._chooses(remainder.connection, remainder.direction)
        if self._matches is None and chosen:
            self._report.remainder_found(remainder)

    def _chooses(self, connection: int | None, direction: Direction | None) -> bool:
        if self._connection not in (None, connection) and connection is not None:
            return False
        return self._direction in (None, direction) or direction is None
