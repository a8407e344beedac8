"""TLS contexts."""

from __future__ import annotations

import os
import ssl
import warnings

from wstool.connection.client_certificate import load_client_certificate
from wstool.connection.options import TLSOptions
from wstool.connection.translate import describe_os_error
from wstool.errors import UsageError


__all__ = ["VERSIONS", "make_client_context", "range_of_versions"]

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
"""Versions by name, in order."""

_DEFAULT_MINIMUM, _DEFAULT_MAXIMUM = "1.2", "1.3"


def make_client_context(options: TLSOptions) -> ssl.SSLContext:
    """
    Make the context of a client, for one connection.

    Files are read anew each time, so that who reconnects for months gets along with
    certificates that live for days.

    Raises:
        UsageError: If a file can't be read or doesn't hold what it should.
    """
    # Not create_default_context: newer Pythons refuse there, with VERIFY_X509_STRICT,
    # authorities of one's own that curl and browsers accept.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _set_versions(context, options)
    _set_trust(context, options)
    load_client_certificate(context, options)
    _log_keys(context)
    # RFC 6455 speaks HTTP/1.1; some servers choose HTTP/2 unless told.
    context.set_alpn_protocols(["http/1.1"])
    return context


def range_of_versions(options: TLSOptions) -> tuple[str, str]:
    """Give the lowest and the highest version to speak."""
    maximum = options.maximum or _DEFAULT_MAXIMUM
    return options.minimum or min(_DEFAULT_MINIMUM, maximum), maximum


def _set_versions(context: ssl.SSLContext, options: TLSOptions) -> None:
    minimum, maximum = range_of_versions(options)
    with warnings.catch_warnings():
        # The old versions are deprecated, which is why somebody has to debug them.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = VERSIONS[minimum]
        context.maximum_version = VERSIONS[maximum]
    if minimum < _DEFAULT_MINIMUM:
        # The old versions need SHA-1, which only the lowest level of OpenSSL allows.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _set_trust(context: ssl.SSLContext, options: TLSOptions) -> None:
    # As curl does: what is trusted ends the chain, whether it's a root or not.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    cacert = options.cacert
    if cacert is None:
        if not options.insecure:
            context.load_default_certs()
        return
    try:
        context.load_verify_locations(cacert)
    except ssl.SSLError as error:
        raise UsageError(f"{cacert}: no certificate in it") from error
    except OSError as error:
        raise UsageError(f"{cacert}: {describe_os_error(error)}") from error


def _log_keys(context: ssl.SSLContext) -> None:
    """Log the keys of connections where Wireshark looks for them, if so told."""
    path = os.environ.get("SSLKEYLOGFILE")
    if not path:
        return
    try:
        context.keylog_filename = path
    except OSError as error:
        problem = f"SSLKEYLOGFILE={path}: {describe_os_error(error)}"
        raise UsageError(problem) from error
