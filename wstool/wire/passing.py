"""
A frame whose payload passes piece by piece: kept in part, checked whole.

What is found doesn't depend on how the payload is cut into pieces.
"""

from __future__ import annotations

from typing import NamedTuple

from wstool.wire.close import Close, find_close_violation, parse_close
from wstool.wire.frame import FrameHeader
from wstool.wire.masking import Mask, rotate_key
from wstool.wire.opcode import Opcode, is_control
from wstool.wire.tracker import Content, MessageTracker, Tracked
from wstool.wire.utf8 import Utf8Validator
from wstool.wire.violations import Violation, close_reason_invalid


__all__ = ["PassedFrame", "PassingFrame"]

# A call for each piece is what costs, so small ones wait for one another.
_SMALL_PIECE = 1 << 12
_ENOUGH = 1 << 14
_CODE_SIZE = 2


class PassedFrame(NamedTuple):
    """What is known of a frame when no more of it comes."""

    payload: bytes
    """The beginning of the payload, unmasked."""
    unkept: int
    """Bytes of it that came after that."""
    tracked: Tracked
    close: Close | None
    """What a close frame says, if all of it has come."""
    violation: Violation | None
    """The rule that a close frame's payload breaks."""


class PassingFrame:
    """A frame that has begun and not ended."""

    __slots__ = (
        "_kept",
        "_key",
        "_limit",
        "_mask",
        "_pending",
        "_reason",
        "_reason_offset",
        "_taken",
        "_tracker",
        "header",
        "missing",
        "offset",
    )

    def __init__(
        self,
        offset: int,
        header: FrameHeader,
        *,
        tracker: MessageTracker,
        mask: Mask,
        max_kept: int,
    ) -> None:
        """
        Start before the first byte of the payload.

        Args:
            offset: Where the frame begins in its direction.
            header: The frame's header.
            tracker: Follows the messages of the direction.
            mask: Function that unmasks.
            max_kept: Bytes of the payload to keep.
        """
        self.offset = offset
        self.header = header
        self.missing = header.payload_length
        """Bytes of the payload that have not come."""
        self._key = header.masking_key
        self._tracker = tracker
        self._mask = mask
        self._limit = max_kept
        self._kept = bytearray()
        self._taken = 0
        self._pending = bytearray()
        close = header.opcode == Opcode.CLOSE
        self._reason = Utf8Validator() if close else None
        self._reason_offset: int | None = None
        if not is_control(header.opcode):
            tracker.begin(header)

    def feed(self, data: bytes, start: int = 0) -> int:
        """Take what there is of the payload from a position on; say how far it goes."""
        end = min(len(data), start + self.missing)
        size = end - start
        self.missing -= size
        if self._pending or (size < _SMALL_PIECE and self.missing):
            self._pending += memoryview(data)[start:end]
            if len(self._pending) >= _ENOUGH or not self.missing:
                self._take_pending()
        else:
            self._take(memoryview(data)[start:end])
        return end

    def end(self) -> PassedFrame:
        """Say what is known of it; nothing is fed after that."""
        self._take_pending()
        header, whole = self.header, not self.missing
        payload = bytes(self._kept)
        tracked, close, violation = Tracked(), None, None
        if not is_control(header.opcode):
            final = header.fin and whole
            content = Content(payload, self._taken)
            tracked = self._tracker.end(content, final=final)
        elif header.opcode == Opcode.CLOSE and whole:
            close = parse_close(payload)
            violation = self._find_close_violation(payload)
        unkept = self._taken - len(payload)
        return PassedFrame(payload, unkept, tracked, close, violation)

    def _find_close_violation(self, payload: bytes) -> Violation | None:
        violation = find_close_violation(payload[:_CODE_SIZE])
        if violation is not None or self._reason is None:
            return violation
        if self._reason_offset is None:
            self._reason_offset = self._reason.feed(b"", final=True)
        if self._reason_offset is None:
            return None
        return close_reason_invalid(self._reason_offset)

    def _take_pending(self) -> None:
        if self._pending:
            data = memoryview(bytes(self._pending))
            self._pending.clear()
            self._take(data)

    def _take(self, data: memoryview) -> None:
        """Keep what is to be kept, and check what is to be checked."""
        position = self._taken
        self._taken += len(data)
        room = self._limit - len(self._kept)
        checked = self._reason is not None or (
            self._tracker.checks and not is_control(self.header.opcode)
        )
        if not checked:
            data = data[:room]
            if not data:
                return
        key = self._key
        piece = bytes(data)
        if key is not None:
            piece = self._mask(piece, rotate_key(key, position))
        self._kept += memoryview(piece)[:room]
        if self._reason is not None:
            self._check_reason(piece, position)
        elif checked:
            self._tracker.feed(piece)

    def _check_reason(self, piece: bytes, position: int) -> None:
        if self._reason is not None and self._reason_offset is None:
            reason = piece[max(_CODE_SIZE - position, 0) :]
            self._reason_offset = self._reason.feed(reason)
