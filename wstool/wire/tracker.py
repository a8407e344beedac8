"""
The messages of one direction, followed frame by frame for a person to see.

``message.MessageAssembler`` gives a message up at its first violation; this goes on as
well as can be:

- A new message inside another one takes its place.
- A continuation that continues nothing belongs to no message.
- Text that isn't UTF-8 is reported once for each message.
- After data that can't be inflated the next message begins with an empty window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

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
    text_invalid,
)


__all__ = ["Content", "MessageTracker", "Part", "Tracked"]

# Deflate makes at most 1032 bytes of one, so a slice makes at most 4 MiB.
_INFLATE_SLICE = 1 << 12


class Part(NamedTuple):
    """A data frame's place in its message."""

    message: int
    """Number of the message in its direction, from 1."""
    fragment: int
    """Number of the frame in the message, from 1."""
    opcode: int
    """Opcode of the message."""
    compressed: bool = False
    """Whether the message is compressed."""
    inflate_problem: str | None = None
    """Why RSV1 is not taken to mean a compressed message, where that was tried."""


class Content(NamedTuple):
    """Some data: all of it, or the beginning if there is too much to keep."""

    data: bytes
    size: int
    """Bytes of the whole."""


class Tracked(NamedTuple):
    """What a data frame is to its message."""

    violations: tuple[Violation, ...] = ()
    part: Part | None = None
    """Place in the message; None if there is no message."""
    inflated: Content | None = None
    """What the compressed payload inflates to, as far as it can be inflated."""
    message: Content | None = None
    """The whole message, inflated, at its last frame; None if it can't be inflated."""


class MessageTracker:
    """Follow the messages of one direction."""

    __slots__ = (
        "_inflater",
        "_max_kept",
        "_message",
        "_messages",
        "_new_inflater",
        "compression",
    )

    def __init__(
        self,
        *,
        new_inflater: Callable[[], Inflater] | None,
        assume_compression: bool,
        max_kept: int,
    ) -> None:
        """
        Start between messages.

        Args:
            new_inflater: Makes an inflater of this direction; None where
                permessage-deflate was not negotiated.
            assume_compression: Whether the negotiation is unknown: RSV1 means a
                compressed message if that inflates.
            max_kept: Bytes of inflated data and of fragmented messages to keep.
        """
        self.compression = new_inflater is not None and not assume_compression
        """Whether permessage-deflate was negotiated, as far as is known."""
        self._new_inflater = new_inflater
        self._inflater = new_inflater() if new_inflater else None
        self._max_kept = max_kept
        self._message: _OpenMessage | None = None
        self._messages = 0

    @property
    def unfinished(self) -> Part | None:
        """The latest part of a message that has not ended."""
        return self._message.part if self._message else None

    def count_whole(self, opcode: int) -> Part:
        """Count a message that is one frame, not compressed and right."""
        self._messages += 1
        return tuple.__new__(Part, (self._messages, 1, opcode, False, None))

    def forget(self) -> None:
        """Take note that bytes are missing: the message has no end, nor the window."""
        self._message = None
        self._renew_inflater()

    def take(self, header: FrameHeader, payload: bytes, *, final: bool) -> Tracked:
        """Take a data frame's payload, unmasked; final if it ends its message."""
        violation = self._find_sequence_violation(header)
        violations = [violation] if violation else []
        if header.opcode != Opcode.CONTINUATION:
            self._start(header, payload, final=final)
        message = self._message
        if message is None:
            return Tracked(tuple(violations))
        part = message.start_part()
        inflated = None
        if part.compressed:
            content = inflated = self._inflate(
                message, payload, violations, final=final
            )
        else:
            content = Content(payload, len(payload))
            violations += message.check(payload, final=final)
        whole = message.keep(content, self._max_kept, final=final)
        if final:
            self._message = None
            self.compression |= whole is not None and part.compressed
        return Tracked(tuple(violations), part, inflated, whole)

    def _find_sequence_violation(self, header: FrameHeader) -> Violation | None:
        message = self._message
        if header.opcode != Opcode.CONTINUATION:
            return message_inside_message(header.opcode) if message else None
        if message is None:
            return continuation_without_start()
        if header.rsv1 and (self.compression or message.part.compressed):
            return compressed_continuation()
        return None

    def _start(self, header: FrameHeader, payload: bytes, *, final: bool) -> None:
        if self._message is not None and self._message.part.compressed:
            self._renew_inflater()
        problem = None
        compressed = self._inflater is not None and (
            header.rsv1 and header.opcode in (Opcode.TEXT, Opcode.BINARY)
        )
        if compressed and not self.compression:
            problem = self._try_inflating(payload, final=final)
            compressed = problem is None
        self._messages += 1
        part = Part(self._messages, 0, header.opcode, compressed, problem)
        # What RSV1 does to text is unknown where it doesn't mean compression.
        check_text = header.opcode == Opcode.TEXT and header.rsv1 == compressed
        self._message = _OpenMessage(part, check_text=check_text)

    def _try_inflating(self, payload: bytes, *, final: bool) -> str | None:
        """Find out why data can't be inflated; None if it can."""
        if self._new_inflater is None:
            raise AssertionError("there must be an inflater to try")
        try:
            for _ in _inflate_slices(self._new_inflater(), payload, final=final):
                pass
        except InflateError as error:
            return str(error).rpartition(": ")[2]
        return None

    def _inflate(
        self,
        message: _OpenMessage,
        payload: bytes,
        violations: list[Violation],
        *,
        final: bool,
    ) -> Content | None:
        if message.broken or self._inflater is None:
            return None
        gathered = _Gathered(self._max_kept)
        try:
            for piece in _inflate_slices(self._inflater, payload, final=final):
                violations += message.check(piece)
                gathered.add(Content(piece, len(piece)))
        except InflateError as error:
            violations += message.check(error.inflated)
            gathered.add(Content(error.inflated, len(error.inflated)))
            violations.append(compressed_data_invalid(str(error)))
            message.broken = True
            self._renew_inflater()
        else:
            violations += message.check(b"", final=final)
        return gathered.content()

    def _renew_inflater(self) -> None:
        self._inflater = self._new_inflater() if self._new_inflater else None


class _OpenMessage:
    """A message that has begun and not ended."""

    __slots__ = (
        "_gathered",
        "_validator",
        "broken",
        "part",
    )

    def __init__(self, part: Part, *, check_text: bool) -> None:
        self.part = part
        """The part that was taken last."""
        self.broken = False
        """Whether it can't be inflated."""
        self._validator = Utf8Validator() if check_text else None
        self._gathered: _Gathered | None = None

    def start_part(self) -> Part:
        """Take note that one more part has come."""
        self.part = self.part._replace(fragment=self.part.fragment + 1)
        return self.part

    def check(self, piece: bytes, *, final: bool = False) -> list[Violation]:
        """Check that text is UTF-8; report it once."""
        if self._validator is None:
            return []
        offset = self._validator.feed(piece, final=final)
        if offset is None:
            return []
        self._validator = None
        return [text_invalid(offset)]

    def keep(
        self, content: Content | None, max_kept: int, *, final: bool
    ) -> Content | None:
        """Keep a fragment's content; give the whole when it is the final one."""
        if content is None or self.broken:
            return None
        if self._gathered is None:
            if final:
                return content
            self._gathered = _Gathered(max_kept)
        self._gathered.add(content)
        return self._gathered.content() if final else None


class _Gathered:
    """The beginning of some data that come in pieces, and how many they are."""

    __slots__ = ("_data", "_limit", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        self._size = 0

    def add(self, content: Content) -> None:
        """Add a piece."""
        self._data += content.data[: self._limit - len(self._data)]
        self._size += content.size

    def content(self) -> Content:
        """Give what there is."""
        return Content(bytes(self._data), self._size)


def _inflate_slices(
    inflater: Inflater, payload: bytes, *, final: bool
) -> Iterator[bytes]:
    for start in range(0, len(payload), _INFLATE_SLICE):
        yield inflater.feed(payload[start : start + _INFLATE_SLICE], 0)
    if final:
        yield inflater.finish(0)
