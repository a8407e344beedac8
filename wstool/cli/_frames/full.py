"""Frames with every bit, in a paragraph each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from wstool.cli._frames.explain import explain
from wstool.cli._frames.text import (
    Paint,
    Style,
    TextRenderer,
    describe_answer,
    describe_rest,
    render_clock,
)
from wstool.cli._render import escape_bytes, escape_text, hexdump
from wstool.phrases import count_bytes
from wstool.services.inspector import InspectedFrame
from wstool.wire.dissected import DissectedFrame
from wstool.wire.opcode import Opcode, opcode_name
from wstool.wire.tracker import Content, Part


__all__ = ["DEFAULT_VIEW", "FullRenderer", "View"]

_INDENT = " " * 5
_MIN_JSON, _MAX_JSON = 60, 1 << 20
"""JSON that is shorter fits a line; JSON that is longer nobody reads."""
_SPELLINGS = {7: "7 bits", 16: "7+16 bits", 64: "7+64 bits"}


class View(NamedTuple):
    """What is shown of a frame."""

    raw: bool = False
    """Whether the payload is dumped as sent, not unmasked."""
    explain: bool = False
    """Whether the header is drawn, bit by bit."""
    max_payload: int | None = None
    """Bytes of a payload that are shown; None for all."""


DEFAULT_VIEW = View()


class FullRenderer(TextRenderer):
    """
    Render frames for reading.

    The lines fit 80 columns, but for text and for numbers out of all bounds.
    """

    def __init__(self, paint: Paint, view: View = DEFAULT_VIEW) -> None:
        super().__init__(paint)
        self._view = view
        self._started = False

    def render_frame(self, item: InspectedFrame) -> str:
        """Render a frame."""
        frame = item.frame
        raw, limit = self._view.raw, self._view.max_payload
        payload = frame.raw_payload if raw else frame.payload
        body = [
            self._bits(frame),
            *(explain(item) if self._view.explain else ()),
            *self._wrongs(item.findings, len(_INDENT)),
            *self._answer(item),
            *self._place(frame),
            *hexdump(payload[:limit]),
            *_describe_cut(payload[:limit], payload, frame.received),
            *self._content(item),
        ]
        return self._paragraph(
            [
                *self._switched(item.connection),
                self._headline(item),
                *(f"{_INDENT}{line}" for line in body),
            ]
        )

    def _paragraph(self, lines: list[str]) -> str:
        before = [""] if self._started else []
        self._started = True
        return super()._paragraph([*before, *lines])

    def _headline(self, item: InspectedFrame) -> str:
        frame = item.frame
        words = [
            self._named(item, f"#{item.number}"),
            f"length {frame.header.payload_length}"
            f" ({_SPELLINGS[frame.header.length_bits]})",
            f"offset {frame.offset}",
        ]
        if item.time is not None:
            words.append(render_clock(item.time))
        return "  ".join(words)

    def _bits(self, frame: DissectedFrame) -> str:
        header = frame.header
        words = [
            self._bit("FIN", header.fin),
            self._bit("RSV1", header.rsv1),
            self._bit("RSV2", header.rsv2),
            self._bit("RSV3", header.rsv3),
            f"opcode 0x{header.opcode:x}",
            self._bit("MASK", header.masked),
        ]
        if header.masking_key is not None:
            words.append(f"masking key {header.masking_key.hex(' ')}")
        return "  ".join(words)

    def _bit(self, name: str, is_set: bool) -> str:
        style = Style.SET_BIT if is_set else Style.DETAIL
        return self._paint(f"{name} {is_set:d}", style)

    def _answer(self, item: InspectedFrame) -> Iterator[str]:
        if item.answer is not None:
            yield describe_answer(item.answer)

    def _place(self, frame: DissectedFrame) -> Iterator[str]:
        """Say what a frame is a piece of, and what it lacks itself."""
        part = frame.part
        if part is not None and (part.fragment > 1 or not frame.header.fin):
            kind = opcode_name(part.opcode)
            yield f"fragment {part.fragment} of {kind} message {part.message}"
        there, length = frame.received, frame.header.payload_length
        if there < length:
            yield self._paint(
                f"cut off: only {count_bytes(there)} of the payload", Style.LEFT
            )

    def _content(self, item: InspectedFrame) -> Iterator[str]:
        """Say what the payload means."""
        frame = item.frame
        part = frame.part
        if frame.close is not None:
            yield self._labelled("close", escape_text(str(frame.close)))
        if part is None:
            return
        if part.compressed:
            yield _describe_compression(frame, item.compression_assumed)
        elif part.inflate_problem and part.fragment == 1:
            yield f"not compressed by permessage-deflate: {part.inflate_problem}"
        yield from self._data(frame.content, part, dump=part.compressed)
        if frame.message is not None and part.fragment > 1:
            size = count_bytes(frame.message.size)
            yield f"message {part.message} is whole, {size}"
            yield from self._data(frame.message, part, dump=False)

    def _data(
        self, content: Content | None, part: Part, *, dump: bool
    ) -> Iterator[str]:
        if content is None:
            return
        data = content.data[: self._view.max_payload]
        if part.opcode == Opcode.TEXT:
            yield from self._text(data)
        elif dump:
            yield from hexdump(data)
        if dump or part.opcode == Opcode.TEXT:
            yield from _describe_cut(data, content.data, content.size)

    def _text(self, data: bytes) -> Iterator[str]:
        if not data:
            return
        pretty = _pretty_json(data)
        if pretty is None:
            yield self._labelled("text", escape_bytes(data))
            return
        first, *rest = pretty.split("\n")
        yield self._labelled("JSON", escape_text(first))
        for line in rest:
            yield f"      {self._paint(escape_text(line), Style.CONTENT)}"

    def _labelled(self, label: str, text: str) -> str:
        return f"{label}  {self._paint(text, Style.CONTENT)}"


def _describe_cut(shown: bytes, kept: bytes, size: int) -> Iterator[str]:
    rest = describe_rest(len(shown), len(kept), size)
    if rest is not None:
        yield rest


def _pretty_json(data: bytes) -> str | None:
    """Lay out JSON over lines; None if it isn't any, or fits a line as it is."""
    if data[:1] not in (b"{", b"[") or not _MIN_JSON < len(data) <= _MAX_JSON:
        return None
    try:
        return json.dumps(json.loads(data), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _describe_compression(frame: DissectedFrame, assumed: bool) -> str:
    words = "compressed (permessage-deflate assumed)" if assumed else "compressed"
    if frame.inflated is None:
        return f"{words}, can't be inflated"
    words += f", inflates to {count_bytes(frame.inflated.size)}"
    fails = any(item.rule == "compressed_data_invalid" for item in frame.violations)
    return f"{words}, then fails" if fails else words
