"""
From the bytes of a pipe to batches of messages.

A cutter finds the messages, a converter checks and decodes all that one chunk
brought, and the splitter knows where in the input they are. The first bad message
ends it: the ones before are handed out, and the error stays in `error`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.errors import InputInvalid
from wstool.streams.cutters import Cutter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = [
    "Converted",
    "Converter",
    "Fault",
    "Splitter",
    "make_decoding_converter",
    "make_raw_converter",
]


class Fault(NamedTuple):
    """What is wrong with one of the messages given to a converter."""

    position: int
    """Which of the messages."""
    offset: int
    """How far into the message."""
    problem: str


class Converted(NamedTuple):
    """What a converter made of the messages before the first bad one."""

    batches: list[Batch]
    fault: Fault | None = None


Converter = Callable[[list[bytes], bool], Converted]
"""Takes messages as they are in the pipe and whether they are known to be ASCII."""


class Splitter:
    """
    Turn the bytes of a pipe into batches.

    `feed` and `finish` never raise: they hand out the good messages, then set
    `error`. The owner sends the messages and then looks at `error`; once it is set,
    nothing is handed out any more.
    """

    def __init__(self, cutter: Cutter, convert: Converter, *, source: str) -> None:
        self._cutter = cutter
        self._convert = convert
        self._source = source
        self._count = 0
        self.error: InputInvalid | None = None
        """What ended the splitting, naming the message and the byte offset."""

    def feed(self, chunk: bytes) -> list[Batch]:
        """Take a chunk and hand out the messages it completes."""
        if self.error is not None:
            return []
        offset = self._cutter.offset
        return self._take(self._cutter.cut(chunk), offset)

    def finish(self) -> list[Batch]:
        """Take the end of the input and hand out the message it completes."""
        if self.error is not None:
            return []
        offset = self._cutter.offset
        return self._take(self._cutter.finish(), offset)

    def _take(self, payloads: list[bytes], offset: int) -> list[Batch]:
        cutter = self._cutter
        batches, fault = self._convert(payloads, cutter.known_ascii)
        if fault is not None:
            start = offset + self._size(payloads[: fault.position]) + cutter.prefix_size
            self._fail(fault.problem, fault.position, start + fault.offset)
        elif cutter.problem is not None:
            end = offset + self._size(payloads)
            self._fail(cutter.problem, len(payloads), end)
        self._count += len(payloads)
        return batches

    def _size(self, payloads: list[bytes]) -> int:
        framing = self._cutter.prefix_size + self._cutter.suffix_size
        return sum(map(len, payloads)) + framing * len(payloads)

    def _fail(self, problem: str, position: int, offset: int) -> None:
        line = self._count + position + 1
        self.error = InputInvalid(self._source, problem, line=line, offset=offset)


def make_raw_converter(opcode: Opcode) -> Converter:
    """Make a converter for payloads that are in the pipe as they are."""
    is_text = opcode is Opcode.TEXT

    def convert(payloads: list[bytes], known_ascii: bool) -> Converted:
        fault = None
        if is_text and not known_ascii:
            fault = _find_invalid_text(payloads)
            if fault is not None:
                payloads = payloads[: fault.position]
        return Converted([Batch(opcode, payloads)] if payloads else [], fault)

    return convert


def make_decoding_converter(
    opcode: Opcode, decode: Callable[[bytes], bytes]
) -> Converter:
    """
    Make a converter for payloads that are encoded.

    Args:
        opcode: What the messages are.
        decode: Decodes a payload, or raises ValueError.
    """
    is_text = opcode is Opcode.TEXT

    def convert(payloads: list[bytes], known_ascii: bool) -> Converted:
        fault = None
        decoded: list[bytes] = []
        for index, payload in enumerate(payloads):
            try:
                decoded.append(decode(payload))
            except ValueError as error:
                fault = Fault(index, 0, str(error))
                break
        invalid = _find_invalid_text(decoded) if is_text else None
        if invalid is not None:
            decoded = decoded[: invalid.position]
            # The offset is one in the decoded text, which isn't in the input.
            fault = invalid._replace(offset=0)
        return Converted([Batch(opcode, decoded)] if decoded else [], fault)

    return convert


def _find_invalid_text(payloads: list[bytes]) -> Fault | None:
    # A character never spans an ASCII byte, so the joined bytes are valid exactly if
    # each payload is; one call for all is many times faster.
    try:
        b"\n".join(payloads).decode()
    except UnicodeDecodeError:
        pass
    else:
        return None
    for index, payload in enumerate(payloads):
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            return Fault(index, error.start, "text isn't valid UTF-8")
    raise AssertionError("joined payloads are invalid, each of them is valid")
