"""The heads of HTTP responses, taken from a stream: a server's or a proxy's."""

from __future__ import annotations

import enum

from wstool.wire.handshake import Response, find_head_end, parse_response


__all__ = ["MAX_HEAD", "BadHead", "HeadProblem", "HeadReader", "excerpt"]

MAX_HEAD = 1 << 18
"""Bytes that a head may have."""

_MAX_SHOWN = 512
_HTTP = b"HTTP/"
# An alert and a handshake: what speaks TLS says to who doesn't.
_TLS_RECORDS = (0x15, 0x16)


class HeadProblem(enum.Enum):
    """What keeps bytes from being the head of a response."""

    FOREIGN = "not HTTP"
    TLS = "TLS"
    TOO_LARGE = "too large"
    MALFORMED = "malformed"


class BadHead(Exception):
    """Bytes that are no head of a response."""

    def __init__(self, problem: HeadProblem, data: bytes, text: str = "") -> None:
        """
        Keep what came.

        Args:
            text: What is malformed about it.
        """
        super().__init__(problem, data, text)
        self.problem = problem
        self.data = data
        self.text = text


class HeadReader:
    """Feed it what arrives, and take one response after another."""

    __slots__ = ("_searched", "buffer")

    def __init__(self) -> None:
        self._searched = 0
        self.buffer = bytearray()
        """Bytes that are taken by no head yet."""

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self.buffer += data

    def take(self) -> Response | None:
        """
        Take the next response's head; None while it isn't whole.

        Raises:
            BadHead: If the bytes can't begin one, or don't end in time.
        """
        buffer = self.buffer
        if not buffer:
            return None
        if not _HTTP.startswith(buffer[: len(_HTTP)]) and not buffer.startswith(_HTTP):
            is_tls = buffer[0] in _TLS_RECORDS
            problem = HeadProblem.TLS if is_tls else HeadProblem.FOREIGN
            raise BadHead(problem, bytes(buffer))
        end = find_head_end(buffer, self._searched)
        if end is None:
            # An end can have begun in the last three bytes.
            self._searched = max(len(buffer) - 3, 0)
            if len(buffer) > MAX_HEAD:
                raise BadHead(HeadProblem.TOO_LARGE, b"")
            return None
        head = bytes(buffer[:end])
        del buffer[:end]
        self._searched = 0
        try:
            return parse_response(head)
        except ValueError as error:
            raise BadHead(HeadProblem.MALFORMED, head, str(error)) from error


def excerpt(data: bytes | bytearray) -> str:
    """Give the beginning of what came, for people; escape before use."""
    shown = bytes(data[:_MAX_SHOWN]).decode(errors="backslashreplace")
    more = len(data) - _MAX_SHOWN
    return shown + (f"\n[{more} more bytes]" if more > 0 else "")
