"""
Messages out of fragments (RFC 6455, section 5.4; RFC 7692, section 6).

A frame's payload is taken as it arrives: size, DEFLATE data and UTF-8 are checked on
frames that are still incomplete.
"""

from __future__ import annotations

from wstool.wire.deflate import InflateError, Inflater
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import Opcode
from wstool.wire.utf8 import Utf8Validator
from wstool.wire.violations import (
    Violation,
    compressed_continuation,
    compressed_data_invalid,
    continuation_without_start,
    message_inside_message,
    message_too_big,
    text_invalid,
)


__all__ = ["MessageAssembler"]

# Below this a piece costs more to keep than to copy: a peer that sends one byte at a
# time would have each one take forty.
_SMALL_PIECE = 4096
_SMALL_PIECES = 1 << 16


class MessageAssembler:
    """
    Put the data frames of one direction together.

    For each frame call ``start_frame``, ``feed`` with its payload, unmasked, in any
    pieces, and ``end_frame``. A violation ends the message; what the caller does then
    is up to it.
    """

    __slots__ = (
        "_active",
        "_inflater",
        "_max_size",
        "_pieces",
        "_size",
        "_small",
        "_validator",
        "opcode",
    )

    def __init__(self, *, max_size: int, inflater: Inflater | None = None) -> None:
        """
        Start between messages.

        Args:
            max_size: Largest message in bytes, after inflating; 0 for no limit.
            inflater: Inflater of this direction, if compression was negotiated.
        """
        self.opcode: Opcode | None = None
        """Opcode of the message in progress; None between messages."""
        self._max_size = max_size
        self._inflater = inflater
        self._validator: Utf8Validator | None = None
        self._active: Inflater | None = None
        self._pieces: list[bytes] = []
        self._small: bytearray | None = None
        self._size = 0

    def start_frame(self, header: FrameHeader) -> Violation | None:
        """Take the header of a data frame that breaks no rule on its own."""
        if header.opcode == Opcode.CONTINUATION:
            if self.opcode is None:
                return continuation_without_start()
            if header.rsv1:
                return compressed_continuation()
        else:
            if self.opcode is not None:
                return message_inside_message(header.opcode)
            self._start_message(header)
        total = self._size + header.payload_length
        if self._max_size and self._active is None and total > self._max_size:
            return message_too_big(total, self._max_size)
        return None

    def feed(self, piece: bytes) -> Violation | None:
        """Take a piece of the frame's payload."""
        if self._active is not None:
            return self._inflate(self._active, piece, final=False)
        return self._keep(piece, final=False)

    def end_frame(self, *, fin: bool) -> bytes | Violation | None:
        """
        End the frame.

        Returns:
            The message when this was its final frame, a violation if the message
            turns out to be invalid, None if it goes on.
        """
        if not fin:
            return None
        if self._active is not None:
            violation = self._inflate(self._active, b"", final=True)
        else:
            violation = self._keep(b"", final=True)
        return violation or self._end_message()

    def reset(self) -> None:
        """Drop the message in progress."""
        self.opcode = None
        self._pieces = []
        self._small = None
        self._validator = None

    def _start_message(self, header: FrameHeader) -> None:
        self.opcode = Opcode(header.opcode)
        self._active = self._inflater if header.rsv1 else None
        self._validator = Utf8Validator() if header.opcode == Opcode.TEXT else None
        self._size = 0

    def _end_message(self) -> bytes:
        pieces = self._pieces
        if self._small:
            pieces.append(bytes(self._small))
        message = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.reset()
        return message

    def _inflate(
        self, inflater: Inflater, piece: bytes, *, final: bool
    ) -> Violation | None:
        room = self._max_size - self._size + 1 if self._max_size else 0
        try:
            inflated = inflater.finish(room) if final else inflater.feed(piece, room)
        except InflateError as error:
            # Invalid text that comes before it is found first, as it is byte by byte.
            violation = self._keep(error.inflated, final=False)
            return violation or compressed_data_invalid(str(error))
        if room and len(inflated) >= room:
            violation = self._keep(inflated[: room - 1], final=False)
            return violation or message_too_big(None, self._max_size)
        return self._keep(inflated, final=final)

    def _keep(self, piece: bytes, *, final: bool) -> Violation | None:
        if self._validator is not None:
            offset = self._validator.feed(piece, final=final)
            if offset is not None:
                return text_invalid(offset)
        if not piece:
            return None
        self._size += len(piece)
        if len(piece) >= _SMALL_PIECE:
            self._seal_small()
            self._pieces.append(piece)
        elif self._small is None and not self._pieces:
            self._pieces.append(piece)
        else:
            self._keep_small(piece)
        return None

    def _keep_small(self, piece: bytes) -> None:
        if self._small is None:
            self._small = bytearray()
        self._small += piece
        if len(self._small) >= _SMALL_PIECES:
            self._seal_small()

    def _seal_small(self) -> None:
        if self._small:
            self._pieces.append(bytes(self._small))
            self._small = None
