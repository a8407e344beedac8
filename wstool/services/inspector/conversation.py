"""Both directions of a connection, dissected into one sequence of frames."""

from __future__ import annotations

from collections.abc import Callable

from wstool.connection.masking import mask_for
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    InspectedFrame,
    Remainder,
    Report,
)
from wstool.wire.deflate import DeflateParams, Inflater
from wstool.wire.dialogue import NOTHING, Dialogue
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.dissector import MAX_KEPT, Dissector
from wstool.wire.masking import Mask
from wstool.wire.opcode import Opcode
from wstool.wire.violations import Violation


__all__ = ["Conversation", "Numbering"]

# What can't be held against frames whose predecessors are unknown.
_WINDOW = "compressed_data_invalid"
_MESSAGE = "continuation_without_start"
_GUESSED = "rsv_not_negotiated"
# Deflate makes at most 1032 bytes of one, so that frames of 16 MiB are at hand.
_INFLATED_AT_ONCE = 1 << 14


class Numbering:
    """The numbers of frames, over all connections."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0
        """Frames that have a number."""


class Conversation:
    """Follow one connection after its opening handshake."""

    def __init__(
        self,
        report: Report,
        params: DeflateParams | None,
        *,
        numbering: Numbering | None = None,
        connection: int = 1,
        assume_compression: bool = False,
        masking: bool = True,
        partial: bool = False,
        mask: Mask | None = None,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start at the first bytes of both directions.

        Args:
            report: Takes what is found.
            params: What was agreed on compression; None if there is none.
            numbering: Gives frames their numbers.
            connection: Number of the connection.
            assume_compression: Whether the negotiation is unknown.
            masking: Whether the masking is known to be as it was sent.
            partial: Whether frames before the first bytes are unknown.
            mask: Function that unmasks; None to choose one by the size.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._report = report
        self._numbering = numbering or Numbering()
        self._connection = connection
        self._assume_compression = assume_compression
        self._inflates = params is not None
        self._dialogue = Dialogue(partial=partial)
        self._dissectors = {
            direction: Dissector(
                masked=direction is Direction.SENT if masking else None,
                new_inflater=_make_new_inflater(params, direction),
                assume_compression=assume_compression,
                mask=mask or _mask,
                max_kept=max_kept,
            )
            for direction in Direction
        }
        # Enums are slow keys.
        self._sent = self._dissectors[Direction.SENT]
        self._received = self._dissectors[Direction.RECEIVED]
        self._blind = set(Direction) if partial else set()
        """Directions of which an earlier part is unknown."""
        self._astray = set(self._blind)
        """Those of which it is unknown what a fragment continues."""

    def in_frame(self, direction: Direction) -> bool:
        """Tell whether a frame has begun and not ended."""
        return self._dissectors[direction].in_frame

    @property
    def unclosed(self) -> bool:
        """Whether it is known that no side has sent a close frame."""
        return self._dialogue.unclosed

    def lose(self) -> None:
        """Take note that frames are missing, which others may answer."""
        self._dialogue.lose()

    def seek(self, direction: Direction) -> None:
        """Begin in the middle of a frame, perhaps."""
        self._dissectors[direction].seek()
        self._blind.add(direction)
        self._astray.add(direction)

    def feed(self, direction: Direction, data: bytes, time: float | None) -> None:
        """Take bytes of one direction."""
        dissector = self._sent if direction is Direction.SENT else self._received
        size = len(data)
        if not self._inflates or size <= _INFLATED_AT_ONCE:
            frames = dissector.feed(data)
            if frames:
                self._report_frames(direction, frames, time)
            return
        for start in range(0, size, _INFLATED_AT_ONCE):
            self.feed(direction, data[start : start + _INFLATED_AT_ONCE], time)

    def miss(self, direction: Direction) -> None:
        """Take note that frames of a direction are missing, and not how many."""
        self._blind.add(direction)
        self._astray.add(direction)
        self._dialogue.lose()

    def skip(self, direction: Direction, size: int, time: float | None) -> None:
        """Take note that bytes of one direction are missing."""
        dissector = self._dissectors[direction]
        leftover = dissector.skip(size)
        self._report_cut(direction, leftover, time)
        self.miss(direction)
        where = "" if dissector.seeking else ", all of this frame"
        text = f"{size} bytes are missing from the capture{where}"
        self._report.event_found(
            Event(
                EventKind.GAP,
                text,
                self._connection,
                direction,
                time=time,
                notable=True,
            )
        )

    def finish(self, *, ended: bool = False, time: float | None = None) -> None:
        """Report what is missing at the end; ended if the connection is over."""
        for direction, dissector in self._dissectors.items():
            leftover = dissector.finish()
            unfinished = dissector.unfinished
            if leftover is not None and leftover.frame is not None:
                self._report_frames(direction, [leftover.frame], time)
                # A fragment that is cut off says enough about its message.
                unfinished = None if leftover.frame.part else unfinished
            if leftover is not None or unfinished is not None:
                self._report.remainder_found(
                    Remainder(direction, leftover, unfinished, self._connection)
                )
        if not ended:
            return
        for client, violation in self._dialogue.finish(time):
            direction = Direction.SENT if client else Direction.RECEIVED
            self._report.event_found(
                Event(
                    EventKind.OWED,
                    violation.text,
                    self._connection,
                    direction,
                    violation,
                    time,
                )
            )

    def _report_cut(
        self, direction: Direction, leftover: Leftover | None, time: float | None
    ) -> None:
        if leftover is None:
            return
        if leftover.frame is not None:
            self._report_frames(direction, [leftover.frame], time)
        self._report.remainder_found(
            Remainder(direction, leftover, connection=self._connection)
        )

    def _report_frames(
        self,
        direction: Direction,
        frames: list[DissectedFrame],
        time: float | None,
    ) -> None:
        if self._blind and direction in self._blind:
            frames = [self._excuse(direction, frame) for frame in frames]
        client = direction is Direction.SENT
        assumed, connection = self._assume_compression, self._connection
        take, new = self._dialogue.take, tuple.__new__
        plain = self._dialogue.take_plain(client, frames, time)
        items = []
        for number, frame in enumerate(frames, self._numbering.count + 1):
            said = NOTHING if plain else take(client, number, frame, time)
            fields = (number, direction, frame, time, assumed, connection, *said)
            items.append(new(InspectedFrame, fields))
        self._numbering.count += len(items)
        self._report.frames_found(items)

    def _excuse(self, direction: Direction, frame: DissectedFrame) -> DissectedFrame:
        """Drop the violations that an unknown earlier part can explain."""
        if frame.header.opcode in (Opcode.TEXT, Opcode.BINARY):
            # From here on it is known what a fragment continues.
            self._astray.discard(direction)
        kept = tuple(
            violation
            for violation in frame.violations
            if not self._is_excused(direction, violation, frame)
        )
        return frame if kept == frame.violations else frame._replace(violations=kept)

    def _is_excused(
        self, direction: Direction, violation: Violation, frame: DissectedFrame
    ) -> bool:
        if violation.rule == _GUESSED:
            # RSV1 of a message whose window began before the first bytes.
            only_rsv1 = frame.header.rsv1 and not (
                frame.header.rsv2 or frame.header.rsv3
            )
            return self._assume_compression and only_rsv1
        if violation.rule == _MESSAGE:
            return direction in self._astray
        return violation.rule == _WINDOW


def _mask(data: bytes, key: bytes) -> bytes:
    return mask_for(len(data))(data, key)


def _make_new_inflater(
    params: DeflateParams | None, direction: Direction
) -> Callable[[], Inflater] | None:
    if params is None:
        return None
    if direction is Direction.SENT:
        window_bits = params.client_max_window_bits
        no_context_takeover = params.client_no_context_takeover
    else:
        window_bits = params.server_max_window_bits
        no_context_takeover = params.server_no_context_takeover
    return lambda: Inflater(
        window_bits=window_bits, context_takeover=not no_context_takeover
    )
