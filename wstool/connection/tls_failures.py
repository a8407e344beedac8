"""Why a TLS handshake failed, in words that say what to do about it."""

from __future__ import annotations

import errno
import ssl
from datetime import UTC, datetime
from typing import NamedTuple

from wstool.connection.certificates import (
    describe_certificate,
    read_certificate,
    shorten,
)
from wstool.connection.facts import CertificateFacts
from wstool.connection.options import TLSOptions
from wstool.connection.tls import range_of_versions
from wstool.connection.translate import describe_os_error
from wstool.errors import TLSFailed


__all__ = ["PROXY", "SERVER", "Attempted", "Side", "explain_tls_error"]


class Side(NamedTuple):
    """Words for whom a TLS handshake is made with, and for what to do about it."""

    noun: str
    trust: str
    """Option that trusts an authority."""
    plain: str
    """Scheme for going without TLS."""


SERVER = Side("the server", "--cacert FILE", "ws://")
PROXY = Side("the proxy", "--proxy-cacert FILE", "http://")


class Attempted(NamedTuple):
    """What is known of a TLS handshake that failed."""

    options: TLSOptions = TLSOptions()
    name: str = ""
    """Name that was asked for; empty if that isn't known."""
    chain: tuple[bytes, ...] = ()
    """Certificates that the server sent, in DER, its own first."""
    wants_certificate: bool = False
    """Whether the server asked for a certificate of ours."""
    side: Side = SERVER


def explain_tls_error(
    error: OSError, target: str, attempted: Attempted, *, now: datetime | None = None
) -> TLSFailed:
    """
    Explain what the TLS handshake raised.

    Args:
        now: The present time; that of the system, unless given.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        chain = [read_certificate(der) for der in attempted.chain]
        known = [facts for facts in chain if facts is not None]
        moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        problem = _explain_certificate(error, attempted, known, moment)
        lines = [f"checked for: {attempted.name}"] if attempted.name else []
        lines += describe_certificate(known[0]) if known else []
        return TLSFailed(
            target,
            f"certificate not accepted: {problem}",
            permanent=True,
            detail="\n".join(lines),
        )
    if isinstance(error, ssl.SSLEOFError | ConnectionError) or (
        error.errno == errno.EPIPE
    ):
        problem = f"{attempted.side.noun} closed the connection in the handshake"
        if attempted.wants_certificate:
            problem += f", {_describe_wish(attempted)}"
        return TLSFailed(target, problem)
    reason = str(error.reason) if isinstance(error, ssl.SSLError) else ""
    found = _explain_reason(reason, attempted)
    if found is not None:
        return TLSFailed(target, found, permanent=True)
    return TLSFailed(target, describe_os_error(error))


def _explain_certificate(
    error: ssl.SSLCertVerificationError,
    attempted: Attempted,
    chain: list[CertificateFacts],
    now: str,
) -> str:
    """Say which check a certificate didn't pass."""
    match error.verify_code:
        case 62 | 64:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
            return f"it isn't for {attempted.name or 'this name'}"
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED
            for facts in chain:
                if facts.not_after < now:
                    return f"{_name(facts, chain)} expired at {facts.not_after}"
            return "it has expired"
        case 9:  # X509_V_ERR_CERT_NOT_YET_VALID
            for facts in chain:
                if facts.not_before > now:
                    whose = _name(facts, chain)
                    return f"{whose} isn't valid before {facts.not_before}"
            return "it isn't valid yet"
        case 18:  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
            return f"it is self-signed (try {attempted.side.trust})"
        # X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN and those for an issuer not found
        case 19 | 20 | 21 | 2:
            authority = f" {shorten(chain[-1].issuer)}" if chain else ""
            return f"unknown authority{authority} (try {attempted.side.trust})"
        case 23:  # X509_V_ERR_CERT_REVOKED
            return "it was revoked"
    text = str(error.verify_message).rstrip(".")
    # Not where the first word is an abbreviation.
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _name(facts: CertificateFacts, chain: list[CertificateFacts]) -> str:
    """Name a certificate; it need not be the peer's own that isn't good."""
    return "it" if facts is chain[0] else f"that of {shorten(facts.subject)}"


def _explain_reason(reason: str, attempted: Attempted) -> str | None:
    """Explain a reason of OpenSSL's; None for what may be gone the next time."""
    peer = attempted.side.noun
    if any(mark in reason for mark in _NO_TLS):
        return f"{peer} doesn't speak TLS there (try {attempted.side.plain})"
    if any(mark in reason for mark in _NO_VERSION):
        return _describe_versions(attempted.options)
    alert = reason.partition("ALERT_")[2]
    if alert == "HANDSHAKE_FAILURE" and not attempted.wants_certificate:
        wish = "" if attempted.options.cert else ", or it wants a client certificate"
        hint = "" if attempted.options.cert else " (try --cert FILE)"
        return f"{peer} found no cipher in common{wish}{hint}"
    if alert in _CERTIFICATE_ALERTS:
        return _describe_refusal(alert, attempted)
    if "UNRECOGNIZED_NAME" in reason:
        name = f" {attempted.name}" if attempted.name else ""
        return f"{peer} doesn't know the name{name} (try --tls-server-name NAME)"
    if "NO_APPLICATION_PROTOCOL" in reason:
        return f"{peer} doesn't speak HTTP/1.1 there (ALPN)"
    return reason.replace("_", " ").lower() if reason in _LASTING else None


def _describe_refusal(alert: str, attempted: Attempted) -> str:
    """Say what an alert means that is about a certificate of ours, or about none."""
    why = alert.replace("_", " ").lower().replace(" ca", " authority")
    if attempted.options.cert is not None:
        return f"{attempted.side.noun} refused our certificate: {why}"
    if attempted.wants_certificate or alert in _MISSING_ALERTS:
        return f"{attempted.side.noun} wants a client certificate (try --cert FILE)"
    return f"{attempted.side.noun} refused us: {why}"


def _describe_wish(attempted: Attempted) -> str:
    if attempted.options.cert is None:
        return "having asked for a client certificate (try --cert FILE)"
    return "having seen our certificate"


def _describe_versions(options: TLSOptions) -> str:
    minimum, maximum = range_of_versions(options)
    ours = minimum if minimum == maximum else f"{minimum} to {maximum}"
    hint = ""
    if minimum > "1.0":
        hint = f" (try --tlsv1.0{'' if maximum > '1.2' else ' without --tls-max'})"
    return f"no version in common, we speak TLS {ours}{hint}"


# A server without TLS answers ClientHello with HTTP, or with whatever it speaks.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
_NO_VERSION = ("ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION")
# RFC 8446, 6.2: what a server says of the client's certificate, or of its lack.
_CERTIFICATE_ALERTS = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_CERTIFICATE",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_REQUIRED",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_UNKNOWN",
        "DECRYPT_ERROR",
        "HANDSHAKE_FAILURE",
        "UNKNOWN_CA",
        "UNSUPPORTED_CERTIFICATE",
    }
)
# What a server says that got none (RFC 8446, 4.4.2.4, and before TLS 1.3).
_MISSING_ALERTS = frozenset({"BAD_CERTIFICATE", "CERTIFICATE_REQUIRED"})
# What can't be agreed on today can't be tomorrow.
_LASTING = frozenset(
    {
        "DH_KEY_TOO_SMALL",
        "NO_CIPHERS_AVAILABLE",
        "SSL3_EXT_INVALID_SERVERNAME",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "WRONG_SIGNATURE_TYPE",
    }
)
