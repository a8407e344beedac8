"""
One direction's bytes, dissected: every frame with every rule that it breaks.

The decoder serves an endpoint, which fails the connection at the first violation; this
serves a person, keeps every bit and goes on after violations.
"""

from __future__ import annotations

from collections.abc import Callable

from wstool.wire.close import Close, find_close_violation, parse_close
from wstool.wire.deflate import Inflater
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.frame import (
    FrameHeader,
    find_header_violations,
    parse_header,
)
from wstool.wire.masking import Mask, xor_mask
from wstool.wire.opcode import Opcode, is_control
from wstool.wire.passing import PassingFrame
from wstool.wire.seeking import find_start
from wstool.wire.tracker import Content, MessageTracker, Part, Tracked
from wstool.wire.violations import Violation


__all__ = ["MAX_KEPT", "Dissector"]

MAX_KEPT = 1 << 24
"""Bytes of a payload and of a message to keep, where nobody says how many."""
_MAX_SOUGHT = 1 << 12
# A payload that a control frame may have is kept whole.
_MIN_KEPT = 125
_SIMPLE = frozenset({0x81, 0x82})
"""First bytes of text and binary frames that are whole messages."""


class Dissector:
    """
    Dissect one direction of a connection.

    Any bytes at all end in frames and a leftover, whose sizes add up. Of a payload, of
    what it inflates to and of a message the beginning is kept; the rest is checked as
    it passes. So memory is bounded, whatever comes.
    """

    __slots__ = (
        "_held",
        "_mask",
        "_masked",
        "_max_kept",
        "_offset",
        "_passing",
        "_seeking",
        "_skip",
        "_tracker",
    )

    def __init__(
        self,
        *,
        masked: bool | None = None,
        new_inflater: Callable[[], Inflater] | None = None,
        assume_compression: bool = False,
        mask: Mask = xor_mask,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start at the first byte after the opening handshake.

        Args:
            masked: Whether frames must be masked; None to expect all to be as the
                first one is.
            new_inflater: Makes an inflater of this direction; None where
                permessage-deflate was not negotiated.
            assume_compression: Whether the negotiation is unknown: RSV1 means a
                compressed message if that inflates, else it is a violation.
            mask: Function that unmasks.
            max_kept: Bytes to keep of a payload, of what it inflates to and of a
                fragmented message; of each payload 125 at least.
        """
        self._masked = masked
        self._mask = mask
        self._max_kept = max(max_kept, _MIN_KEPT)
        self._tracker = MessageTracker(
            new_inflater=new_inflater,
            assume_compression=assume_compression,
            max_kept=self._max_kept,
        )
        self._passing: PassingFrame | None = None
        # What has come of a header that isn't whole, or where a frame is sought.
        self._held = b""
        self._offset = 0
        self._skip = 0
        self._seeking = False

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._passing is not None or bool(self._held)

    @property
    def unfinished(self) -> Part | None:
        """The latest part of a fragmented message that has not ended."""
        return self._tracker.unfinished

    @property
    def seeking(self) -> bool:
        """Whether it isn't known where the next frame begins."""
        return self._seeking

    def seek(self) -> None:
        """Begin in the middle of a stream: look for the beginning of a frame."""
        self._seeking = True

    def skip(self, size: int) -> Leftover | None:
        """
        Take note that bytes are missing; give the frame of which they are a piece.

        If they are all of that frame's payload, it is known where the next one begins.
        """
        if self._skip:
            rest = self._skip - size
            self._offset += min(size, self._skip)
            self._skip = max(rest, 0)
            self._seeking = rest < 0
            return None
        left, passing = self.finish(), self._passing
        rest = -size if passing is None else passing.missing - size
        self._offset += len(self._held) + size
        self._held, self._passing = b"", None
        self._skip = max(rest, 0)
        self._seeking = rest < 0
        self._tracker.forget()
        return left

    def feed(self, data: bytes) -> list[DissectedFrame]:
        """Dissect what arrived; give the frames that are whole now."""
        frames: list[DissectedFrame] = []
        position = 0
        if self._passing is not None:
            position = self._pass_on(self._passing, data, frames)
        elif self._skip:
            position = min(self._skip, len(data))
            self._skip -= position
            self._offset += position
        if position == len(data):
            return frames
        if self._held:
            data = self._held + data
        if self._seeking:
            start = self._find_start(data, position)
            if start is None:
                return frames
            position = start
        position = self._take_simple(data, position, frames)
        self._take_exact(data, position, frames)
        return frames

    def finish(self) -> Leftover | None:
        """Say what is left; nothing is fed after that."""
        if self._passing is not None:
            frame = self._end(self._passing)
            data = frame.raw_header + frame.raw_payload
            return Leftover(frame.offset, data, frame)
        return Leftover(self._offset, self._held) if self._held else None

    def _pass_on(
        self, passing: PassingFrame, data: bytes, frames: list[DissectedFrame]
    ) -> int:
        """Take what data hold of the frame that has begun; say how far it goes."""
        end = passing.feed(data)
        self._offset += end
        if not passing.missing:
            self._passing = None
            frames.append(self._end(passing))
        return end

    def _take_exact(
        self, data: bytes, position: int, frames: list[DissectedFrame]
    ) -> None:
        """Dissect whatever there is from a position on, and hold a header's piece."""
        base, size, max_kept = self._offset - position, len(data), self._max_kept
        while (header := parse_header(data, position)) is not None:
            start = position + header.size
            end = start + header.payload_length
            if end <= size and header.payload_length <= max_kept:
                frames.append(self._dissect(base + position, header, data[start:end]))
                position = end
                continue
            passing = self._begin(base + position, header)
            position = passing.feed(data, start)
            if passing.missing:
                self._passing = passing
                break
            frames.append(self._end(passing))
        self._offset = base + position
        self._held = data[position:]

    def _take_simple(
        self, data: bytes, position: int, frames: list[DissectedFrame]
    ) -> int:
        """
        Dissect whole messages of one short frame each, with nothing wrong.

        That is what most connections consist of, and what there is to be quick about:
        the exact way gives the same.

        Returns:
            How far they go.
        """
        tracker, masked = self._tracker, self._masked
        if masked is None or tracker.unfinished is not None:
            return position
        mask, new, message = self._mask, tuple.__new__, tracker.messages
        base, size = self._offset - position, len(data)
        prefix = 6 if masked else 2
        key = None
        while position + 2 <= size:
            first, second = data[position], data[position + 1]
            length = second & 0x7F
            if first not in _SIMPLE or length > 125 or (second > 127) is not masked:
                break
            start = position + prefix
            end = start + length
            if end > size:
                break
            payload = data[start:end]
            if masked:
                key = data[position + 2 : start]
                payload = mask(payload, key)
            opcode = first & 0x0F
            if opcode == 0x1 and not (payload.isascii() or _is_text(payload)):
                break
            message += 1
            header = new(
                FrameHeader, (opcode, length, True, False, False, False, key, 7)
            )
            part = new(Part, (message, 1, opcode, False, None))
            whole = new(Content, (payload, length))
            offset = base + position
            fields = (offset, header, payload, (), part, None, whole, None, 0)
            frames.append(new(DissectedFrame, fields))
            position = end
        tracker.messages = message
        self._offset = base + position
        return position

    def _find_start(self, data: bytes, position: int) -> int | None:
        """Drop what is before the beginning of a frame; None while it isn't found."""
        if position:
            data = data[position:]
        start = find_start(data, masked=self._masked)
        dropped = max(0, len(data) - _MAX_SOUGHT) if start is None else start
        self._offset += dropped
        self._seeking = start is None
        if start is None:
            self._held = data[dropped:]
            return None
        return position + start

    def _begin(self, offset: int, header: FrameHeader) -> PassingFrame:
        if self._masked is None:
            self._masked = header.masked
        return PassingFrame(
            offset,
            header,
            tracker=self._tracker,
            mask=self._mask,
            max_kept=self._max_kept,
        )

    def _end(self, passing: PassingFrame) -> DissectedFrame:
        payload, unkept, tracked, close, violation = passing.end()
        offset, header = passing.offset, passing.header
        return self._conclude(
            offset, header, payload, tracked, close, violation, unkept
        )

    def _dissect(
        self, offset: int, header: FrameHeader, payload: bytes
    ) -> DissectedFrame:
        """Dissect a whole frame."""
        if self._masked is None:
            self._masked = header.masked
        if header.masking_key is not None:
            payload = self._mask(payload, header.masking_key)
        tracked, close, violation = Tracked(), None, None
        if not is_control(header.opcode):
            tracked = self._tracker.take(header, payload, final=header.fin)
        elif header.opcode == Opcode.CLOSE:
            close = parse_close(payload)
            violation = find_close_violation(payload)
        return self._conclude(offset, header, payload, tracked, close, violation)

    def _conclude(
        self,
        offset: int,
        header: FrameHeader,
        payload: bytes,
        tracked: Tracked,
        close: Close | None,
        violation: Violation | None,
        unkept: int = 0,
    ) -> DissectedFrame:
        """Put together what was found."""
        part = tracked.part
        violations = find_header_violations(
            header,
            masked=self._masked,
            compression=self._tracker.compression or bool(part and part.compressed),
        )
        violations += tracked.violations
        if violation is not None:
            violations.append(violation)
        return DissectedFrame(
            offset,
            header,
            payload,
            tuple(violations),
            part,
            tracked.inflated,
            tracked.message,
            close,
            unkept,
        )


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
