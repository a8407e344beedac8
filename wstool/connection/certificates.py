"""
What a certificate holds (RFC 5280), and where one is in a TLS handshake.

A certificate is a peer's text: escape what comes from here before a terminal sees it.
"""

from __future__ import annotations

import hashlib
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from wstool.connection.facts import CertificateFacts


if TYPE_CHECKING:
    from cryptography import x509


__all__ = [
    "describe_certificate",
    "find_certificates",
    "hash_public_key",
    "read_certificate",
    "shorten",
    "write_pin",
]

_Value = TypeVar("_Value")

_MAX_SHOWN_NAMES = 20
# Tags of DER (X.690).
_SEQUENCE = 0x30
_VERSION = 0xA0
# What stands before the public key in a certificate: serial number, algorithm, issuer,
# validity, subject (RFC 5280, 4.1).
_FIELDS_BEFORE_KEY = 5


def find_certificates(message: bytes) -> list[bytes]:
    """
    Find the certificates in a Certificate message (RFC 5246, 7.4.2; RFC 8446, 4.4.2).

    Args:
        message: The handshake message, its type and length included.

    Returns:
        Them in DER, the peer's own first; what can't be read is left out.
    """
    body = message[4:]
    # TLS 1.3 has an empty context first, and extensions behind each certificate.
    new = int.from_bytes(body[:3]) != len(body) - 3
    start = 4 if new else 3
    found = []
    while certificate := _take_prefixed(body, start, 3):
        found.append(certificate)
        start += 3 + len(certificate)
        if new:
            start += 2 + int.from_bytes(body[start : start + 2])
    return found


def hash_public_key(der: bytes) -> bytes:
    """
    Compute the SHA-256 of a certificate's public key, as in HPKP (RFC 7469, 2.4).

    It's that of the very bytes in the certificate: written anew, a key could look
    different.

    Raises:
        ValueError: If it can't be found.
    """
    _, content, _ = _parse_element(der)
    _, content, _ = _parse_element(content)
    fields = list(_list_elements(content))
    if fields and fields[0][0] == _VERSION:
        del fields[0]
    if len(fields) <= _FIELDS_BEFORE_KEY or fields[_FIELDS_BEFORE_KEY][0] != _SEQUENCE:
        raise ValueError("no public key where it should be")
    return hashlib.sha256(fields[_FIELDS_BEFORE_KEY][1]).digest()


def write_pin(digest: bytes) -> str:
    """Write the digest of a public key as curl does."""
    return f"sha256//{b64encode(digest).decode()}"


def read_certificate(der: bytes) -> CertificateFacts | None:
    """Read what a certificate holds; None if it's beyond reading."""
    from cryptography import x509

    # Odd but readable certificates would be warned of on stderr.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        certificate = _try(lambda: x509.load_der_x509_certificate(der), None)
        if certificate is None:
            return None
        return CertificateFacts(
            subject=_try(lambda: certificate.subject.rfc4514_string(), ""),
            issuer=_try(lambda: certificate.issuer.rfc4514_string(), ""),
            not_before=_try(lambda: _write_time(certificate.not_valid_before_utc), ""),
            not_after=_try(lambda: _write_time(certificate.not_valid_after_utc), ""),
            names=_try(lambda: tuple(_list_names(certificate)), ()),
            pin=_try(lambda: write_pin(hash_public_key(der)), ""),
        )


def describe_certificate(facts: CertificateFacts) -> list[str]:
    """Describe a certificate, a line for each fact; long ones are cut."""
    names = [shorten(name) for name in facts.names[:_MAX_SHOWN_NAMES]]
    if len(facts.names) > len(names):
        names.append(f"and {len(facts.names) - len(names)} more")
    return [
        f"subject: {shorten(facts.subject) or 'none'}",
        f"issuer: {shorten(facts.issuer) or 'none'}",
        f"valid: {facts.not_before or '?'} to {facts.not_after or '?'}",
        f"names: {', '.join(names) or 'none'}",
        f"pin: {facts.pin or '?'}",
    ]


def shorten(text: str, *, limit: int = 256) -> str:
    """Make a part of a line of what a peer has written: cut, without line breaks."""
    # A line break would begin a line of the peer's own.
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= limit else f"{text[:limit]}..."


def _list_names(certificate: x509.Certificate) -> Iterator[str]:
    from cryptography import x509

    extension = certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    for name in extension.value:
        if isinstance(name, x509.DNSName | x509.IPAddress):
            yield str(name.value)


def _write_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _try(read: Callable[[], _Value], otherwise: _Value) -> _Value:
    """Read something that a peer has written, in whatever way it may be wrong."""
    try:
        return read()
    # The library documents no bound for what it raises.
    except Exception:
        return otherwise


def _take_prefixed(data: bytes, start: int, size: int) -> bytes | None:
    """Take what has its length before it; None if it isn't there whole."""
    length = int.from_bytes(data[start : start + size])
    end = start + size + length
    return data[start + size : end] if length and end <= len(data) else None


def _list_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and all bytes of each element of DER."""
    while data:
        tag, _, size = _parse_element(data)
        yield tag, data[:size]
        data = data[size:]


def _parse_element(data: bytes) -> tuple[int, bytes, int]:
    """
    Parse an element of DER: its tag, its content, and its size as a whole.

    Raises:
        ValueError: If it isn't one.
    """
    if len(data) < 2:
        raise ValueError("an element is cut off")
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start])
    end = start + length
    if end > len(data):
        raise ValueError("an element is cut off")
    return data[0], data[start:end], end
