"""The body of a refused opening handshake, read up to a bound (RFC 9112, section 6)."""

from __future__ import annotations

import codecs
import zlib

from wstool.wire.handshake import Header, find_values, has_token


__all__ = ["BodyReader"]

_MAX_SHOWN = 1 << 16
_MAX_SIZE_LINE = 1024
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
# What has more digits than this is no length, and int() would refuse most of them.
_MAX_LENGTH_DIGITS = 18
# RFC 9110, 15.3.5 and 15.4.5: these have no body, whatever their headers say.
_WITHOUT_BODY = (204, 304)
# Nobody asked for these, but some servers and caches send them anyway.
_ZLIB_CODINGS = ("gzip", "x-gzip", "deflate")
# zlib finds out by itself whether it's gzip's format or its own.
_ANY_ZLIB_FORMAT = zlib.MAX_WBITS | 32
# Charsets to decode; what isn't among them is shown as UTF-8 with escapes.
_MAX_CHARSET = 32
_CHARSETS = ("iso-8859-", "windows-125", "koi8-", "utf-16", "shift_jis", "euc-", "gb")


class BodyReader:
    """Collect a response body: by length, chunked, or up to the end of the stream."""

    def __init__(self, status: int, headers: list[Header]) -> None:
        """Work out from the head where the body ends."""
        self._chunks: _ChunkReader | None = None
        self._length: int | None = None
        if status in _WITHOUT_BODY:
            self._length = 0
        elif has_token(headers, "Transfer-Encoding", "chunked"):
            self._chunks = _ChunkReader()
        else:
            self._length = _read_length(headers)
        self._coding = ", ".join(find_values(headers, "Content-Encoding")).lower()
        self._charset = _find_charset(headers)
        self._body = bytearray()
        self._received = 0

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when the body is whole or over what is shown."""
        ended = False
        if self._chunks is not None:
            data, ended = self._chunks.feed(data)
        elif self._length is not None:
            data = data[: self._length - self._received]
            ended = self._received + len(data) == self._length
        self._received += len(data)
        self._body += data[: _MAX_SHOWN - len(self._body)]
        return ended or self._received > _MAX_SHOWN

    def text(self) -> str:
        """Give the body as text; what can't be decoded shows as escapes."""
        body = bytes(self._body)
        if self._coding not in ("", "identity"):
            if self._coding not in _ZLIB_CODINGS:
                return f"[the body's content coding is {self._coding}]"
            body = _inflate(body)
        return body.decode(self._charset, errors="backslashreplace")

    def describe_missing(self) -> str:
        """Say what the end of the stream cut off, if anything."""
        if self._chunks is not None:
            return "the body was cut off"
        if self._length is not None and self._received < self._length:
            missing = self._length - self._received
            return f"the body was cut off {missing} bytes before its end"
        return ""

    def describe_unread(self) -> str:
        """Say what is not shown because it is too much or makes no sense."""
        if self._received <= _MAX_SHOWN:
            broken = self._chunks is not None and self._chunks.is_broken
            return "the body goes on, but its chunks are broken" if broken else ""
        if self._length is None:
            return f"only the first {_MAX_SHOWN} bytes of the body are shown"
        return f"only the first {_MAX_SHOWN} of {self._length} bytes are shown"


def _inflate(body: bytes) -> bytes:
    """Inflate as much as is shown; what isn't compressed at all stays as it is."""
    try:
        return zlib.decompressobj(_ANY_ZLIB_FORMAT).decompress(body, _MAX_SHOWN)
    except zlib.error:
        return body


def _find_charset(headers: list[Header]) -> str:
    for value in find_values(headers, "Content-Type"):
        _, mark, charset = value.lower().partition("charset=")
        charset = charset.split(";")[0].strip(' \t"')
        if mark and charset.startswith(_CHARSETS) and len(charset) <= _MAX_CHARSET:
            try:
                return codecs.lookup(charset).name
            except (LookupError, ValueError):
                continue
    return "utf-8"


class _ChunkReader:
    """Decode the chunked transfer coding (RFC 9112, 7.1), leniently."""

    def __init__(self) -> None:
        self._buffer = b""
        self._left = 0
        self.is_broken = False
        """Whether it ended where the size of a chunk can't be read."""

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Take what arrived; give the content in it and whether that was the last."""
        self._buffer += data
        content = []
        while self._buffer:
            if self._left:
                piece = self._buffer[: self._left]
                self._buffer = self._buffer[len(piece) :]
                self._left -= len(piece)
                content.append(piece)
                continue
            size = self._take_size()
            if size is None:
                break
            if size == 0:
                return b"".join(content), True
            self._left = size
        return b"".join(content), False

    def _take_size(self) -> int | None:
        """Take the next chunk's size; 0 at the last chunk or where none can be read."""
        self._buffer = self._buffer.lstrip(b"\r\n")
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline and len(line) < _MAX_SIZE_LINE:
            return None
        digits = line.split(b";")[0].strip()
        if not newline or not digits or not _HEX_DIGITS.issuperset(digits):
            self.is_broken = True
            return 0
        self._buffer = rest
        return int(digits, 16)


def _read_length(headers: list[Header]) -> int | None:
    values = find_values(headers, "Content-Length")
    value = values[0] if values else ""
    known = value.isdecimal() and len(value) <= _MAX_LENGTH_DIGITS
    return int(value) if known else None
