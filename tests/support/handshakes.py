"""Opening handshakes, written and read by hand."""

from __future__ import annotations

import re

from wstool.connection.accept import ServerHandshake
from wstool.connection.handshake import ClientHandshake

from support.connecting import make_connect_options


__all__ = [
    "ACCEPT",
    "ACCEPTING",
    "CONNECTION",
    "KEY",
    "UPGRADE",
    "make_good",
    "make_head",
    "make_request_bytes",
    "receive",
    "receive_request",
    "split_response",
]

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
UPGRADE = "Upgrade: websocket"
CONNECTION = "Connection: Upgrade"
ACCEPTING = f"Sec-WebSocket-Accept: {ACCEPT}"


def make_request_bytes(*lines, start="GET /chat?x=1 HTTP/1.1", **changes):
    """
    Write a request that makes a connection, with more lines.

    Args:
        changes: Values to put in place of the good ones, by their names in lower case
            and with underscores; None leaves a header out.
    """
    headers = {
        "Host": "server.example",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    for name in list(headers):
        changed = changes.get(name.lower().replace("-", "_"), headers[name])
        headers[name] = changed
    written = [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([start, *written, *lines, "", ""]).encode("latin-1")


def make_head(*lines, status="HTTP/1.1 101 Switching Protocols"):
    """Write the head of a response."""
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


def make_good(*lines):
    """Write a response that makes a connection, with more lines."""
    return make_head(UPGRADE, CONNECTION, ACCEPTING, *lines)


def receive(pieces, **options):
    """
    Feed a client's handshake.

    Returns:
        The handshake, once it has succeeded; what is left is added to its rest.

    Raises:
        WstoolError: What it raised, or made of the end of the stream.
    """
    handshake = ClientHandshake(make_connect_options(**options), KEY)
    for index, piece in enumerate(pieces):
        if handshake.receive_data(piece):
            handshake.rest += b"".join(pieces[index + 1 :])
            return handshake
    raise handshake.receive_eof()


def receive_request(pieces, **options):
    """Feed a server; give what comes of it, and the bytes that it hasn't seen."""
    handshake = ServerHandshake(**options)
    for index, piece in enumerate(pieces):
        outcome = handshake.receive_data(piece)
        if outcome is not None:
            return outcome, b"".join(pieces[index + 1 :])
    return None, b""


def split_response(response):
    """Split a response into its head's lines, less the date, and its body."""
    head, _, body = response.decode().partition("\r\n\r\n")
    return re.sub("Date: [^\r]+\r\n", "", head).split("\r\n"), body
