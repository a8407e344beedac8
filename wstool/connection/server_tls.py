"""TLS contexts of servers."""

from __future__ import annotations

import os
import ssl
import tempfile

from wstool.connection.translate import describe_os_error
from wstool.errors import TLSFailed
from wstool.files import is_pipe, read_file


__all__ = ["make_server_context", "make_server_context_from"]

_MAX_FILE = 1 << 20


def make_server_context(
    cert: str, key: str | None, *, client_ca: str | None = None
) -> ssl.SSLContext:
    """
    Make the context of a server.

    Args:
        cert: PEM file with the certificate, and with those that lead to the authority.
        key: PEM file with the private key; None if that is in the same file.
        client_ca: PEM file with the authorities of the clients' certificates, which are
            then asked for.

    Raises:
        TLSFailed: If a file can't be read, or isn't what it should be.
    """
    if is_pipe(cert) or (key is not None and is_pipe(key)):
        return _make_context_from_pipes(cert, key, client_ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # OpenSSL 3 refuses it by itself; a client could make us work for nothing.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    # Sessions would be kept for clients that never come back.
    context.num_tickets = 0
    try:
        context.load_cert_chain(cert, key, password=_refuse_password)
    except ssl.SSLError as error:
        files = cert if key is None else f"{cert} and {key}"
        raise TLSFailed(files, _describe(error)) from error
    except (OSError, ValueError) as error:
        raise TLSFailed(_name(error, cert, key), _describe(error)) from error
    if client_ca is not None:
        _trust(context, client_ca)
    return context


def make_server_context_from(
    certificate: bytes, key: bytes, *, client_ca: str | None = None
) -> ssl.SSLContext:
    """
    Make the context of a server from PEM in memory.

    Raises:
        TLSFailed: If the clients' authorities can't be read.
    """
    # OpenSSL reads files only; this one is gone before anybody can know of it.
    descriptor, path = tempfile.mkstemp(prefix="wstool-")
    try:
        os.write(descriptor, key + certificate)
        os.close(descriptor)
        return make_server_context(path, None, client_ca=client_ca)
    finally:
        os.unlink(path)


def _trust(context: ssl.SSLContext, client_ca: str) -> None:
    try:
        if is_pipe(client_ca):
            pem = _read(client_ca).decode("ascii", "replace")
            context.load_verify_locations(cadata=pem)
        else:
            context.load_verify_locations(client_ca)
    except ssl.SSLError as error:
        raise TLSFailed(client_ca, "no certificate in it") from error
    except OSError as error:
        raise TLSFailed(client_ca, describe_os_error(error)) from error
    context.verify_mode = ssl.CERT_REQUIRED


def _make_context_from_pipes(
    cert: str, key: str | None, client_ca: str | None
) -> ssl.SSLContext:
    """Make the context from what can be read once, and OpenSSL might wait for."""
    certificate, private = _read(cert), b"" if key is None else _read(key)
    try:
        context = make_server_context_from(certificate, private)
    except TLSFailed as error:
        # It names a file that we have made of them.
        files = cert if key is None else f"{cert} and {key}"
        raise TLSFailed(files, error.problem) from error
    if client_ca is not None:
        _trust(context, client_ca)
    return context


def _read(path: str) -> bytes:
    try:
        return read_file(path, _MAX_FILE)
    except OSError as error:
        raise TLSFailed(path, describe_os_error(error)) from error


def _refuse_password() -> str:
    """OpenSSL would ask on the terminal."""
    raise ValueError("the key is encrypted")


def _name(error: Exception, cert: str, key: str | None) -> str:
    """Find out which of the files it was; OpenSSL doesn't say."""
    if key is not None and os.access(cert, os.R_OK):
        return key
    return cert


def _describe(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        words = describe_os_error(error)
        return "no PEM in it" if "pem lib" in words or "no start" in words else words
    return describe_os_error(error) if isinstance(error, OSError) else str(error)
