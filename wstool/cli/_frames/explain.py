"""A frame's header, drawn as RFC 6455, 5.2, draws it, with the frame's own bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wstool.cli._render import wrap
from wstool.phrases import count_bytes
from wstool.services.inspector import InspectedFrame
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.opcode import is_control, opcode_name


__all__ = ["explain"]

_ROW = 32
# Columns behind the word for a field, where the frame is indented as it is shown.
_ROOM = 64
_OPCODE_WORDS = {
    0x0: "continuation: the message goes on",
    0x1: "text: the message is UTF-8",
    0x2: "binary: the message is any bytes",
    0x8: "close: this side ends the connection",
    0x9: "ping: the other side is to answer with a pong",
    0xA: "pong: answers a ping",
}


class _Field(NamedTuple):
    label: str
    bits: str


class _Piece(NamedTuple):
    """What of a field is in a row."""

    label: str
    bits: str
    begins: bool


def explain(item: InspectedFrame) -> Iterator[str]:
    """Yield the lines of the drawing, and a word for each field."""
    frame = item.frame
    yield from _draw(_list_fields(frame))
    yield from _list_words(frame)


def _list_fields(frame: DissectedFrame) -> list[_Field]:
    header = frame.header
    first = f"{header.fin:b}{header.rsv1:b}{header.rsv2:b}{header.rsv3:b}"
    fields = [_Field(name, bit) for name, bit in zip("FRRR", first, strict=True)]
    fields.append(_Field("opcode", f"{header.opcode:04b}"))
    fields.append(_Field("M", f"{header.masked:b}"))
    raw = frame.raw_header
    fields.append(_Field("length", f"{raw[1] & 0x7F:07b}"))
    if header.length_bits > 7:
        bits = f"{header.payload_length:0{header.length_bits}b}"
        fields.append(_Field("extended length", bits))
    if header.masking_key is not None:
        bits = f"{int.from_bytes(header.masking_key, 'big'):032b}"
        fields.append(_Field("masking key", bits))
    used = sum(len(field.bits) for field in fields)
    room = (-used) % _ROW or _ROW
    payload = frame.raw_payload[: room // 8]
    if payload:
        bits = "".join(f"{byte:08b}" for byte in payload)
        label = "payload" if len(payload) == len(frame.payload) else "payload ..."
        fields.append(_Field(label, bits))
    return fields


def _draw(fields: list[_Field]) -> Iterator[str]:
    yield (
        " "
        + " ".join(
            f"{bit // 10 if bit % 10 == 0 else ' '}" for bit in range(_ROW)
        ).rstrip()
    )
    yield " " + " ".join(str(bit % 10) for bit in range(_ROW))
    above: list[_Piece] = []
    for row in _cut_rows(fields):
        yield _draw_border(above, row)
        yield _draw_row(row, bits=True)
        yield _draw_row(row, bits=False)
        above = row
    yield _draw_border(above, [])


def _cut_rows(fields: list[_Field]) -> Iterator[list[_Piece]]:
    row: list[_Piece] = []
    room = _ROW
    for field in fields:
        bits, begins = field.bits, True
        while bits:
            taken, bits = bits[:room], bits[room:]
            row.append(_Piece(field.label if begins else "", taken, begins))
            room -= len(taken)
            begins = False
            if not room:
                yield row
                row, room = [], _ROW
    if row:
        yield row


def _draw_border(above: list[_Piece], below: list[_Piece]) -> str:
    ends: set[int] = {0}
    width = 0
    for row in (above, below):
        position = 0
        for piece in row:
            position += len(piece.bits)
            ends.add(position)
        width = max(width, position)
    return "".join("+-" if bit in ends else "--" for bit in range(width)) + "+"


def _draw_row(row: list[_Piece], *, bits: bool) -> str:
    cells = []
    for piece in row:
        width = 2 * len(piece.bits) - 1
        text = " ".join(piece.bits) if bits else piece.label[:width].center(width)
        cells.append(text)
    return f"|{'|'.join(cells)}|"


def _list_words(frame: DissectedFrame) -> Iterator[str]:
    header = frame.header
    yield f"FIN {header.fin:d}      {_describe_fin(header)}"
    for name, is_set in (
        ("RSV1", header.rsv1),
        ("RSV2", header.rsv2),
        ("RSV3", header.rsv3),
    ):
        if is_set:
            compressed = name == "RSV1" and frame.part is not None
            compressed = compressed and bool(frame.part and frame.part.compressed)
            word = "the message is compressed" if compressed else "reserved"
            yield f"{name} 1     {word}"
    word = _OPCODE_WORDS.get(header.opcode, opcode_name(header.opcode))
    yield f"opcode {header.opcode:x}   {word}"
    sender = "client" if header.masked else "server"
    masked = "masked" if header.masked else "not masked"
    yield f"MASK {header.masked:d}     the payload is {masked}, as a {sender}'s must be"
    lines = wrap(_describe_length(header), _ROOM)
    yield f"length     {lines[0]}"
    yield from (f"           {line}" for line in lines[1:])
    if header.masking_key is not None:
        yield f"key        {header.masking_key.hex(' ')}, for XOR with the payload"


def _describe_fin(header: FrameHeader) -> str:
    if is_control(header.opcode):
        return (
            "the whole control frame" if header.fin else "a fragment of a control frame"
        )
    if header.fin:
        return "the last frame of its message"
    return "more frames of its message follow"


def _describe_length(header: FrameHeader) -> str:
    size = count_bytes(header.payload_length)
    if header.length_bits == 7:
        return f"{size} of payload"
    mark = 126 if header.length_bits == 16 else 127
    return (
        f"{mark}, so that the next {header.length_bits} bits hold it: {size} of payload"
    )
