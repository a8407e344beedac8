"""
One direction's bytes, dissected: every frame with every rule that it breaks.

The decoder serves an endpoint, which fails the connection at the first violation; this
serves a person, keeps every bit and goes on after violations.
"""

from __future__ import annotations

from collections.abc import Callable

from wstool.wire.close import find_close_violation, parse_close
from wstool.wire.deflate import Inflater
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.frame import (
    FrameHeader,
    find_header_violations,
    parse_header,
)
from wstool.wire.masking import Mask, xor_mask
from wstool.wire.opcode import Opcode, is_control
from wstool.wire.seeking import find_start
from wstool.wire.tracker import Content, MessageTracker, Part, Tracked


__all__ = ["Dissector"]

_MAX_KEPT = 1 << 24
_MAX_SOUGHT = 1 << 12
_SMALL_PIECE = 1 << 12
_MAX_JOINED = 1 << 16
_MAX_HEADER = 14
_SIMPLE = frozenset({0x81, 0x82})
"""First bytes of text and binary frames that are whole messages."""


class Dissector:
    """
    Dissect one direction of a connection.

    Any bytes at all end in frames and a leftover, whose sizes add up. Memory is
    bounded by the bytes of the largest frame that came, whatever its header promises.
    """

    __slots__ = (
        "_held",
        "_mask",
        "_masked",
        "_needed",
        "_offset",
        "_pieces",
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
        max_kept: int = _MAX_KEPT,
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
            max_kept: Bytes of inflated data and of fragmented messages to keep.
        """
        self._masked = masked
        self._mask = mask
        self._tracker = MessageTracker(
            new_inflater=new_inflater,
            assume_compression=assume_compression,
            max_kept=max_kept,
        )
        # What has come of the frame that isn't whole, or where one is sought.
        self._pieces: list[bytes | bytearray] = []
        self._held = 0
        self._needed = 0
        self._offset = 0
        self._skip = 0
        self._seeking = False

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._held > 0

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
        left = self.finish()
        self._offset += self._held + size
        rest = self._needed - self._held - size
        self._hold(b"")
        self._skip = max(rest, 0)
        self._seeking = rest < 0 or not self._needed
        self._needed = 0
        self._tracker.forget()
        return left

    def feed(self, data: bytes) -> list[DissectedFrame]:
        """Dissect what arrived; give the frames that are whole now."""
        # A large frame that comes in small pieces is looked at once, when it is whole.
        if self._held + len(data) < self._needed:
            self._add(data)
            return []
        frames: list[DissectedFrame] = []
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            self._offset += skipped
            data = data[skipped:]
        if self._seeking:
            found = self._find_start(self._join(data))
            if found is None:
                return []
            data = found
        elif self._needed:
            data = self._take_large(data, frames)
        else:
            data = self._join(data)
        position = self._take_simple(data, frames)
        self._take_exact(data, position, frames)
        return frames

    def finish(self) -> Leftover | None:
        """Say what is left; nothing is fed after that."""
        if not self._held:
            return None
        data = self._join(b"")
        header = None if self._seeking else parse_header(data)
        if header is None:
            return Leftover(self._offset, data)
        frame = self._dissect(self._offset, header, data[header.size :])
        return Leftover(self._offset, data, frame)

    def _join(self, data: bytes) -> bytes:
        """Give what is held and what arrived."""
        return b"".join((*self._pieces, data)) if self._held else data

    def _hold(self, data: bytes) -> None:
        """Hold this, and nothing else."""
        self._pieces = [data] if data else []
        self._held = len(data)

    def _add(self, data: bytes) -> None:
        """Hold this too; small pieces in large ones, or objects outweigh bytes."""
        self._held += len(data)
        if len(data) >= _SMALL_PIECE:
            self._pieces.append(data)
            return
        last = self._pieces[-1]
        if isinstance(last, bytearray) and len(last) < _MAX_JOINED:
            last += data
        else:
            self._pieces.append(bytearray(data))

    def _take_large(self, data: bytes, frames: list[DissectedFrame]) -> bytes:
        """Dissect the frame whose beginning is held; give what follows it."""
        first, *pieces = self._pieces
        header = parse_header(bytes(first[:_MAX_HEADER]))
        if header is None:
            raise AssertionError("a frame of known size must have a header")
        end = self._needed - self._held
        # Each copy counts here: one is made of the payload, and one to unmask it.
        payload = b"".join(
            (memoryview(first)[header.size :], *pieces, memoryview(data)[:end])
        )
        frames.append(self._dissect(self._offset, header, payload))
        self._offset += self._needed
        self._needed = 0
        self._hold(b"")
        return data[end:]

    def _take_exact(
        self, data: bytes, position: int, frames: list[DissectedFrame]
    ) -> None:
        """Dissect whatever there is from a position on, and hold the rest."""
        base, needed = self._offset - position, 0
        while (header := parse_header(data, position)) is not None:
            start = position + header.size
            end = start + header.payload_length
            if end > len(data):
                needed = end - position
                break
            frames.append(self._dissect(base + position, header, data[start:end]))
            position = end
        self._offset = base + position
        self._needed = needed
        self._hold(data[position:])

    def _take_simple(self, data: bytes, frames: list[DissectedFrame]) -> int:
        """
        Dissect whole messages of one short frame each, with nothing wrong.

        That is what most connections consist of, and what there is to be quick about:
        the exact way gives the same.

        Returns:
            How far they go.
        """
        tracker, masked = self._tracker, self._masked
        if masked is None or tracker.unfinished is not None:
            return 0
        mask, new = self._mask, tuple.__new__
        base, position, size = self._offset, 0, len(data)
        key = None
        while position + 2 <= size:
            first, second = data[position], data[position + 1]
            length = second & 0x7F
            if first not in _SIMPLE or length > 125 or (second > 127) is not masked:
                break
            start = position + 6 if masked else position + 2
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
            header = (opcode, length, True, False, False, False, key, 7)
            part = tracker.count_whole(opcode)
            offset = base + position
            content = new(Content, (payload, length))
            fields = (
                offset,
                new(FrameHeader, header),
                payload,
                (),
                part,
                None,
                content,
            )
            frames.append(new(DissectedFrame, (*fields, None)))
            position = end
        self._offset += position
        return position

    def _find_start(self, data: bytes) -> bytes | None:
        """Drop what is before the beginning of a frame; None while it isn't found."""
        start = find_start(data, masked=self._masked)
        dropped = max(0, len(data) - _MAX_SOUGHT) if start is None else start
        self._offset += dropped
        self._needed = 0
        self._seeking = start is None
        data = data[dropped:]
        if start is None:
            self._hold(data)
            return None
        return data

    def _dissect(
        self, offset: int, header: FrameHeader, payload: bytes
    ) -> DissectedFrame:
        if self._masked is None:
            self._masked = header.masked
        whole = len(payload) == header.payload_length
        if header.masking_key is not None:
            payload = self._mask(payload, header.masking_key)
        tracked, close, violation = Tracked(), None, None
        if not is_control(header.opcode):
            final = header.fin and whole
            tracked = self._tracker.take(header, payload, final=final)
        elif header.opcode == Opcode.CLOSE and whole:
            close = parse_close(payload)
            violation = find_close_violation(payload)
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
        )


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
