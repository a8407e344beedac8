"""Clients by hand: a socket, and the plainest opening handshake."""

from __future__ import annotations

import re
import socket


__all__ = ["REQUEST", "connect", "mask_ports", "open_client", "read_to_the_end"]

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def connect(url: str) -> socket.socket:
    """Open a TCP connection to a server."""
    host, port = re.fullmatch(r"ws://(.*):(\d+)/", url).groups()
    return socket.create_connection((host, int(port)), timeout=10)


def open_client(url: str, request: bytes = REQUEST) -> tuple[socket.socket, bytes]:
    """Open a WebSocket connection by hand; give socket and response head."""
    sock = connect(url)
    sock.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(1)
    return sock, head


def read_to_the_end(sock: socket.socket) -> bytes:
    """Read all that a server still sends."""
    with sock:
        data = b""
        while more := sock.recv(65536):
            data += more
    return data


def mask_ports(text: str) -> str:
    """Replace the ports of clients."""
    return re.sub(r"127\.0\.0\.1:\d+", "CLIENT", text)
