"""The framings of pipes: how one message is told from the next."""

from __future__ import annotations

import enum

from wstool.streams.cutters import Cutter, LengthCutter, SeparatorCutter, WholeCutter
from wstool.streams.encodings import (
    Encoding,
    decode_base64,
    decode_hex,
    encode_base64,
    encode_hex,
)
from wstool.streams.joiners import Joiner, LengthJoiner, SeparatorJoiner
from wstool.streams.splitters import (
    Converter,
    Splitter,
    make_decoding_converter,
    make_raw_converter,
)
from wstool.wire.opcode import Opcode


__all__ = ["Encoding", "Framing", "Joiner", "Splitter", "make_joiner", "make_splitter"]


class Framing(enum.Enum):
    """The values of `--input` and `--output`."""

    LINES = "lines"
    NULL = "null"
    WHOLE = "whole"
    LENGTH = "length"
    JSONL = "jsonl"


_SEPARATORS = {Framing.LINES: b"\n", Framing.JSONL: b"\n", Framing.NULL: b"\0"}
_DECODERS = {Encoding.HEX: decode_hex, Encoding.BASE64: decode_base64}
_ENCODERS = {Encoding.HEX: encode_hex, Encoding.BASE64: encode_base64}


def make_splitter(
    framing: Framing,
    *,
    opcode: Opcode,
    encoding: Encoding,
    max_input: int,
    source: str,
) -> Splitter:
    """
    Make what turns the bytes of a pipe into batches.

    Args:
        framing: How one message is told from the next.
        opcode: TEXT or BINARY; JSONL events say it themselves.
        encoding: How payloads are spelled; JSONL events say it themselves.
        max_input: Bytes that one message may have, as it is spelled in the pipe.
        source: What the input is called in errors.
    """
    cutter = _make_cutter(framing, max_input)
    convert = _make_converter(framing, opcode, encoding)
    return Splitter(cutter, convert, source=source)


def make_joiner(
    framing: Framing, *, encoding: Encoding, target: str = "stdout"
) -> Joiner:
    """
    Make what turns batches into the bytes of a pipe.

    Args:
        framing: LINES, NULL or LENGTH. WHOLE is for input only, and
            `jsonl.render_batch` writes JSONL.
        encoding: How payloads are spelled.
        target: What the output is called in errors.
    """
    encode = _ENCODERS.get(encoding)
    if framing is Framing.LENGTH:
        return LengthJoiner(encode, target=target)
    if framing is Framing.LINES or framing is Framing.NULL:
        separator = _SEPARATORS[framing]
        return SeparatorJoiner(
            separator, name=framing.value, encode=encode, target=target
        )
    raise ValueError(f"no joiner for framing {framing.value}")


def _make_cutter(framing: Framing, max_input: int) -> Cutter:
    if framing is Framing.LENGTH:
        return LengthCutter(max_input)
    if framing is Framing.WHOLE:
        return WholeCutter(max_input)
    return SeparatorCutter(_SEPARATORS[framing], max_input)


def _make_converter(framing: Framing, opcode: Opcode, encoding: Encoding) -> Converter:
    if framing is Framing.JSONL:
        # json is imported by those who ask for it only.
        from wstool.streams.events import convert_events

        return convert_events
    decode = _DECODERS.get(encoding)
    if decode is None:
        return make_raw_converter(opcode)
    return make_decoding_converter(opcode, decode)
