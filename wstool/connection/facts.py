"""What is known of a connection beneath the WebSocket protocol."""

from __future__ import annotations

from typing import NamedTuple


__all__ = ["CertificateFacts", "Route", "TLSFacts"]


class Route(NamedTuple):
    """How a server was reached."""

    remote: str
    """Address that the socket is connected to: ``HOST:PORT`` or a path."""
    local: str
    """Address that it is connected from; empty for Unix sockets."""
    proxy: str | None = None
    """URL of the proxy between, without credentials."""


class CertificateFacts(NamedTuple):
    """What a certificate holds."""

    subject: str
    issuer: str
    not_before: str
    """In UTC, as RFC 3339."""
    not_after: str
    names: tuple[str, ...]
    """Host names and addresses that it is for."""
    pin: str
    """SHA-256 of its public key in base64, behind ``sha256//``."""


class TLSFacts(NamedTuple):
    """What the TLS handshake settled."""

    peer: str
    """Whom it was made with: the server, or a proxy."""
    version: str
    cipher: str
    alpn: str | None
    verified: bool
    """Whether the certificate was checked."""
    certificate: CertificateFacts | None
