"""What a connection can be told."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from wstool.wire.deflate import DeflateParams
from wstool.wire.handshake import Header, Request, Response
from wstool.wire.uri import WebSocketURI


if TYPE_CHECKING:
    from wstool.connection.facts import Route, TLSFacts
    from wstool.connection.handshake import Agreement
    from wstool.connection.redirect import Redirect


__all__ = [
    "ConnectOptions",
    "ConnectRule",
    "EndpointOptions",
    "HeaderEdit",
    "Observer",
    "ProxyOptions",
    "RequestOptions",
    "ResolveRule",
    "RouteOptions",
    "TLSOptions",
]

MIB = 1 << 20

HeaderEdit = tuple[str, str | None]
"""A header that replaces ours by that name; without a value it only removes ours."""


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
    """Callbacks that see a connection's bytes as they pass, and how it came about."""

    connected: Callable[[Route], None] | None = None
    secured: Callable[[TLSFacts], None] | None = None
    request_sent: Callable[[Request], None] | None = None
    response_received: Callable[[Response], None] | None = None
    redirected: Callable[[Redirect], None] | None = None
    agreed: Callable[[Request, Agreement], None] | None = None
    bytes_received: Callable[[bytes], None] | None = None
    """Bytes after the opening handshake, as read."""
    bytes_sent: Callable[[bytes], None] | None = None
    """Bytes after the opening handshake, as written."""
    ping_sent: Callable[[bytes], None] | None = None
    """The payload of each ping, before it's written; those of the keep-alive too."""

    @property
    def is_watching(self) -> bool:
        """Whether it sees anything of what follows the opening handshake."""
        callbacks = (self.bytes_received, self.bytes_sent, self.ping_sent)
        return any(callback is not None for callback in callbacks)


class TLSOptions(NamedTuple):
    """Whom a client trusts, and who it is."""

    insecure: bool = False
    """Whether to accept any certificate."""
    cacert: str | None = None
    """PEM file with the certification authorities to trust; None for the system's."""
    cert: str | None = None
    """PEM file with our certificate, its chain, and the key unless ``key`` is given."""
    key: str | None = None
    """PEM file with the key of our certificate."""
    passphrase: Callable[[], str] | None = None
    """Is asked when the key turns out to be encrypted."""
    server_name: str | None = None
    """Name to ask for (SNI) and to check, instead of the URI's host."""
    pins: tuple[bytes, ...] = ()
    """SHA-256 digests of public keys, one of which the server's must have."""
    minimum: str | None = None
    """Lowest version to speak, from ``1.0`` to ``1.3``."""
    maximum: str | None = None
    """Highest version to speak."""


class ProxyOptions(NamedTuple):
    """Through which proxy a client connects."""

    proxy: str | None = None
    """URL of the proxy; empty for none; None for what the environment says."""
    yields: bool = False
    """Whether a Unix socket is reached all the same, without it."""
    no_proxy: str | None = None
    """Hosts to reach without a proxy; None for what the environment says."""
    credentials: Callable[[], str] | None = None
    """Gives ``USER:PASSWORD`` for the proxy; None for those of its URL."""
    tls: TLSOptions = TLSOptions()
    """For proxies with ``https``."""


class ResolveRule(NamedTuple):
    """Addresses to take for a name, instead of those that it resolves to."""

    host: str
    """``*`` for any that no other rule is for."""
    port: int
    addresses: tuple[str, ...]


class ConnectRule(NamedTuple):
    """Where to connect to instead of somewhere else."""

    host: str
    """Empty for any."""
    port: int | None
    """None for any."""
    to_host: str
    """Empty for the same."""
    to_port: int | None
    """None for the same."""


class RouteOptions(NamedTuple):
    """Which address a client connects to, and from where."""

    resolve: tuple[ResolveRule, ...] = ()
    connect_to: tuple[ConnectRule, ...] = ()
    """The first that fits counts."""
    family: int = socket.AF_UNSPEC
    """Whether to use IPv4 or IPv6 only."""
    interface: str | None = None
    """Network interface, address or host name to connect from; see ``source``."""
    unix_socket: str | None = None
    """Path of a Unix socket to connect to; abstract where it begins with a NUL."""
    proxy: ProxyOptions = ProxyOptions()


class RequestOptions(NamedTuple):
    """What the request of the opening handshake says."""

    headers: tuple[HeaderEdit, ...] = ()
    """
    They replace what would be sent by the same name, and stand last, in order.

    No redirect takes credentials or a Host among them to another origin.
    """
    credentials: tuple[Header, ...] = ()
    """Authorization and Cookie for the URI's own origin; no redirect takes them on."""
    stored: Callable[[WebSocketURI], tuple[Header, ...]] | None = None
    """Finds further ones for any URI, such as the cookies of a file."""
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    user_agent: str | None = None
    """None or empty for none."""
    deflate: DeflateParams | None = DeflateParams()
    """What to offer of permessage-deflate (RFC 7692, 7.1); None for nothing."""


class ConnectOptions(NamedTuple):
    """How a client connects."""

    uri: WebSocketURI
    request: RequestOptions = RequestOptions()
    tls: TLSOptions = TLSOptions()
    route: RouteOptions = RouteOptions()
    max_redirects: int | None = None
    """How many redirects to follow; None for not even thinking of it."""
    connect_timeout: float = 10.0
    """Seconds from the name look-up to the handshake response; 0 for no limit."""
    endpoint: EndpointOptions = EndpointOptions()
    observer: Observer = Observer()
