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
        "_frame",
        "_inflater",
        "_max_kept",
        "_message",
        "_new_inflater",
        "compression",
        "messages",
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
        self.messages = 0
        """Messages so far; whoever takes whole ones by itself counts them here."""
        self._frame = _OpenFrame()

    @property
    def checks(self) -> bool:
        """Whether anything can be found in the payload of the frame that has begun."""
        message = self._message
        return message is not None and message.checks

    @property
    def unfinished(self) -> Part | None:
        """The latest part of a message that has not ended."""
        return self._message.part if self._message else None

    def forget(self) -> None:
        """Take note that bytes are missing: the message has no end, nor the window."""
        self._message = None
        self._renew_inflater()

    def take(self, header: FrameHeader, payload: bytes, *, final: bool) -> Tracked:
        """Take a data frame's payload, unmasked; final if it ends its message."""
        self.begin(header)
        self.feed(payload)
        return self.end(Content(payload, len(payload)), final=final)

    def begin(self, header: FrameHeader) -> None:
        """Begin a data frame."""
        violation = self._find_sequence_violation(header)
        self._frame = _OpenFrame([violation] if violation else [])
        if header.opcode != Opcode.CONTINUATION:
            self._start(header)
        message = self._message
        if message is not None:
            message.start_part()
            if message.part.compressed and not message.broken:
                self._frame.inflated = _Gathered(self._max_kept)

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the frame's payload, unmasked."""
        message = self._message
        if message is None or not message.checks:
            return
        if message.part.compressed:
            self._inflate(message, piece)
        else:
            self._frame.violations += message.check(piece)

    def end(self, payload: Content, *, final: bool) -> Tracked:
        """
        End the frame.

        Args:
            payload: What there is of its payload.
            final: Whether it ends its message.
        """
        message = self._message
        if message is None:
            return Tracked(tuple(self._frame.violations))
        if final and message.part.compressed:
            self._inflate(message, b"", final=True)
        elif final:
            self._frame.violations += message.check(b"", final=True)
        message.guessed = False
        # What the end brings may have refuted that it is compressed.
        part, gathered = message.part, self._frame.inflated
        inflated = None if gathered is None else gathered.content()
        content = inflated if part.compressed else payload
        whole = message.keep(content, self._max_kept, final=final)
        if final:
            self._message = None
            self.compression |= whole is not None and part.compressed
        return Tracked(tuple(self._frame.violations), part, inflated, whole)

    def _find_sequence_violation(self, header: FrameHeader) -> Violation | None:
        message = self._message
        if header.opcode != Opcode.CONTINUATION:
            return message_inside_message(header.opcode) if message else None
        if message is None:
            return continuation_without_start()
        if header.rsv1 and (self.compression or message.part.compressed):
            return compressed_continuation()
        return None

    def _start(self, header: FrameHeader) -> None:
        if self._message is not None and self._message.part.compressed:
            self._renew_inflater()
        compressed = self._inflater is not None and (
            header.rsv1 and header.opcode in (Opcode.TEXT, Opcode.BINARY)
        )
        self.messages += 1
        part = Part(self.messages, 0, header.opcode, compressed)
        # What RSV1 does to text is unknown where it doesn't mean compression.
        check_text = header.opcode == Opcode.TEXT and header.rsv1 == compressed
        self._message = _OpenMessage(
            part, check_text=check_text, guessed=compressed and not self.compression
        )

    def _inflate(
        self, message: _OpenMessage, piece: bytes, *, final: bool = False
    ) -> None:
        frame = self._frame
        if message.broken or self._inflater is None or frame.inflated is None:
            return
        try:
            for data in _inflate_slices(self._inflater, piece, final=final):
                frame.violations += message.check(data)
                frame.inflated.add(Content(data, len(data)))
        except InflateError as error:
            self._renew_inflater()
            if message.guessed:
                # It was never compressed; nor is anything known of its text.
                message.refute(str(error).rpartition(": ")[2])
                frame.inflated = None
                frame.forget_text()
                return
            frame.violations += message.check(error.inflated)
            frame.inflated.add(Content(error.inflated, len(error.inflated)))
            frame.violations.append(compressed_data_invalid(str(error)))
            message.broken = True
        else:
            frame.violations += message.check(b"", final=final)

    def _renew_inflater(self) -> None:
        self._inflater = self._new_inflater() if self._new_inflater else None


class _OpenFrame:
    """A data frame that has begun and not ended."""

    __slots__ = ("_sequence", "inflated", "violations")

    def __init__(self, violations: list[Violation] | None = None) -> None:
        self.violations = violations or []
        self.inflated: _Gathered | None = None
        """What it inflates to; None if it doesn't."""
        self._sequence = len(self.violations)

    def forget_text(self) -> None:
        """Forget what was found in the payload."""
        del self.violations[self._sequence :]


class _OpenMessage:
    """A message that has begun and not ended."""

    __slots__ = (
        "_gathered",
        "_validator",
        "broken",
        "guessed",
        "part",
    )

    def __init__(self, part: Part, *, check_text: bool, guessed: bool) -> None:
        self.part = part
        """The part that was taken last."""
        self.broken = False
        """Whether it can't be inflated."""
        self.guessed = guessed
        """Whether it may turn out in its first frame not to be compressed."""
        self._validator = Utf8Validator() if check_text else None
        self._gathered: _Gathered | None = None

    @property
    def checks(self) -> bool:
        """Whether anything is to be found in its payload."""
        if self.part.compressed:
            return not self.broken
        return self._validator is not None

    def refute(self, problem: str) -> None:
        """Take note that it isn't compressed, and why."""
        self.part = self.part._replace(compressed=False, inflate_problem=problem)
        self._validator = None

    def start_part(self) -> None:
        """Take note that one more part has come."""
        self.part = self.part._replace(fragment=self.part.fragment + 1)

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
