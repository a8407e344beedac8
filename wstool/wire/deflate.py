"""
permessage-deflate (RFC 7692, section 7): zlib, bounded.

A message is compressed as DEFLATE blocks that end on a byte boundary, less the four
bytes ``00 00 ff ff`` of the last, empty block.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple


__all__ = ["MAX_WINDOW_BITS", "DeflateParams", "Deflater", "InflateError", "Inflater"]

MAX_WINDOW_BITS = 15
_TAIL = b"\x00\x00\xff\xff"
# zlib cannot make a raw stream with a window of 256 bytes.
_MIN_ZLIB_WINDOW_BITS = 9
# zlib copies what is behind the end of a stream, and a message can consist of streams
# of two bytes: without slices that would take time quadratic in its size.
_SLICE = 1 << 14


class DeflateParams(NamedTuple):
    """What both sides agreed on (RFC 7692, 7.1)."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = MAX_WINDOW_BITS
    client_max_window_bits: int = MAX_WINDOW_BITS


class InflateError(ValueError):
    """Data isn't DEFLATE data."""

    def __init__(self, problem: str, inflated: bytes) -> None:
        super().__init__(problem)
        self.inflated = inflated
        """What the data inflate to before that shows."""


class Deflater:
    """Compress messages; keep the window between them only with context takeover."""

    __slots__ = ("_compressor", "_context_takeover", "window_bits")

    def __init__(self, *, window_bits: int, context_takeover: bool) -> None:
        self.window_bits = window_bits
        self._context_takeover = context_takeover
        self._compressor: zlib._Compress | None = None

    @property
    def usable(self) -> bool:
        """Whether zlib can make such a stream: it can't with a window of 8 bits."""
        return self.window_bits >= _MIN_ZLIB_WINDOW_BITS

    @property
    def context_takeover(self) -> bool:
        """Whether a message can refer to earlier ones."""
        return self._context_takeover

    def compress(self, payload: bytes) -> bytes:
        """Compress the payload of one message, which must not be empty."""
        compressor = self._compressor or zlib.compressobj(wbits=-self.window_bits)
        data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        self._compressor = compressor if self._context_takeover else None
        return data[: -len(_TAIL)]


class Inflater:
    """Inflate messages piece by piece, never past a limit."""

    __slots__ = ("_begun", "_context_takeover", "_decompressor", "_window_bits")

    def __init__(self, *, window_bits: int, context_takeover: bool) -> None:
        self._window_bits = window_bits
        self._context_takeover = context_takeover
        self._decompressor: zlib._Decompress | None = None
        self._begun = False

    def feed(self, piece: bytes, max_length: int) -> bytes:
        """
        Inflate a piece of a message.

        Args:
            max_length: Where to stop, in bytes; 0 for no limit. What comes after it
                is dropped: the caller gives up on a message of that size.

        Raises:
            InflateError: If the piece is not DEFLATE data.
        """
        self._begun = self._begun or bool(piece)
        inflated: list[bytes] = []
        starts = reversed(range(0, len(piece), _SLICE))
        pending = [piece[start : start + _SLICE] for start in starts]
        while pending:
            try:
                data, rest = self._inflate(pending.pop(), max_length)
            except InflateError as error:
                error.inflated = b"".join([*inflated, error.inflated])
                raise
            inflated.append(data)
            if rest:
                pending.append(rest)
            if max_length:
                max_length -= len(data)
                if max_length == 0:
                    break
        return b"".join(inflated)

    def finish(self, max_length: int) -> bytes:
        """Inflate what the end of the message still brings (RFC 7692, 7.2.2)."""
        # RFC 7692, 7.2.3.6: an empty message is one byte. Without that byte there's no
        # block that the tail could end, and the tail would spoil the next message.
        data = self.feed(_TAIL, max_length) if self._begun else b""
        self._begun = False
        if not self._context_takeover:
            self._decompressor = None
        return data

    def _inflate(self, piece: bytes, max_length: int) -> tuple[bytes, bytes]:
        """Inflate to the end of the piece or of zlib's stream; give what is behind."""
        decompressor = self._decompressor
        if decompressor is None:
            decompressor = zlib.decompressobj(wbits=-self._window_bits)
        before = decompressor.copy()
        try:
            data = decompressor.decompress(piece, max_length)
        except zlib.error as error:
            inflated = _inflate_until_error(before, piece)
            raise InflateError(str(error), inflated) from error
        # RFC 7692, 7.2.3.4: a block with BFINAL set ends zlib's stream, not the
        # message. Whoever sends it has begun anew, so no window is kept.
        self._decompressor = None if decompressor.eof else decompressor
        return data, decompressor.unused_data


def _inflate_until_error(decompressor: zlib._Decompress, piece: bytes) -> bytes:
    """
    Inflate what comes before the byte that proves an error.

    zlib drops what the failing call has inflated. A caller that had been fed byte by
    byte would have it, and finds the same as one that was fed the whole.
    """
    inflated = []
    while len(piece) > 1:
        half = piece[: len(piece) // 2]
        trial = decompressor.copy()
        try:
            inflated.append(trial.decompress(half))
        except zlib.error:
            piece = half
        else:
            decompressor = trial
            piece = piece[len(half) :]
    return b"".join(inflated)
