"""What a connection can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.wire.handshake import Header, Request, Response
from wstool.wire.uri import WebSocketURI


__all__ = ["ConnectOptions", "EndpointOptions", "Observer"]

MIB = 1 << 20


class EndpointOptions(NamedTuple):
    """Limits and habits of an endpoint, once the connection is open."""

    max_size: int = 64 * MIB
    """Largest message in bytes, after inflating; 0 for no limit."""
    compress_min: int = 1024
    """Smallest message in bytes that is compressed, where that was negotiated."""
    fragment_size: int = 0
    """Largest payload of a frame that is sent, in bytes; 0 for no fragments."""
    close_timeout: float = 5.0
    """Seconds that the closing handshake may take."""
    ping_interval: float = 20.0
    """Seconds between pings; 0 for none."""
    ping_timeout: float = 20.0
    """Seconds in which something must arrive after a ping; 0 for no limit."""


class Observer(NamedTuple):
    """Callbacks that see a connection's bytes as they pass."""

    request_sent: Callable[[Request], None] | None = None
    response_received: Callable[[Response], None] | None = None
    bytes_received: Callable[[bytes], None] | None = None
    """Bytes after the opening handshake, as read."""
    bytes_sent: Callable[[bytes], None] | None = None
    """Bytes after the opening handshake, as written."""


class ConnectOptions(NamedTuple):
    """How a client connects."""

    uri: WebSocketURI
    headers: tuple[Header, ...] = ()
    """Further request headers; they replace what would be sent by the same name."""
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    compression: bool = True
    insecure: bool = False
    """Whether to accept any certificate."""
    cacert: str | None = None
    """PEM file with the certification authorities to trust."""
    connect_timeout: float = 10.0
    """Seconds from the name look-up to the handshake response; 0 for no limit."""
    endpoint: EndpointOptions = EndpointOptions()
    observer: Observer = Observer()
