"""Faults in the answer to an opening handshake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus


__all__ = ["alter_response", "make_rejection", "slow_down"]

_ACCEPT = re.compile(rb"(?<=\r\nSec-WebSocket-Accept: )[^\r]*")
_SUBPROTOCOL = re.compile(rb"\r\nSec-WebSocket-Protocol: [^\r]*")
# What another key would have been answered with: the one of RFC 6455's example.
_WRONG_ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
_OTHER_ACCEPT = b"HSmrc0sMlYUkAGmm5OPpG2HaGWk="
_WRONG_SUBPROTOCOL = b"\r\nSec-WebSocket-Protocol: never-offered"
_PIECES = 20


def alter_response(response: bytes, faults: Mapping[str, float]) -> bytes:
    """Make what the faults of a connection make of a response that accepts it."""
    if "bad-accept" in faults:
        wrong = _OTHER_ACCEPT if _WRONG_ACCEPT in response else _WRONG_ACCEPT
        response = _ACCEPT.sub(wrong, response)
    if "wrong-subprotocol" in faults:
        head = _SUBPROTOCOL.sub(b"", response).removesuffix(b"\r\n\r\n")
        response = head + _WRONG_SUBPROTOCOL + b"\r\n\r\n"
    return response


def make_rejection(status: int) -> bytes:
    """Make a response that refuses a good request."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Fault"
    body = f"{status} on purpose (--fault reject)\n".encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def slow_down(response: bytes, seconds: float) -> list[tuple[bytes, float]]:
    """Cut a response into pieces, each with the seconds to wait before it."""
    size = -(-len(response) // _PIECES)
    pieces = [response[i : i + size] for i in range(0, len(response), size)]
    return [
        (piece, seconds * number / len(pieces))
        for number, piece in enumerate(pieces, 1)
    ]
