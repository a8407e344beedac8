"""HTTP responses that a server gives to those who want no WebSocket."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import NamedTuple

from wstool.wire.handshake import Header


__all__ = ["FileBody", "HTTPAnswer"]


class FileBody(NamedTuple):
    """A file as a body, read as it is sent; whoever sends it closes it."""

    descriptor: int
    size: int

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


class HTTPAnswer(NamedTuple):
    """A response."""

    status: int
    content_type: str
    body: bytes | FileBody
    headers: tuple[Header, ...] = ()
    quiet: bool = False
    """Whether it comes so often that the log is better without it."""

    def serialize_head(self) -> bytes:
        """Serialize everything before the body; nothing in it is a client's."""
        size = len(self.body) if isinstance(self.body, bytes) else self.body.size
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            *(f"{name}: {value}" for name, value in self.headers),
            f"Content-Type: {self.content_type}",
            f"Content-Length: {size}",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode("ascii")
