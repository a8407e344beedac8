"""A client's certificate and key, from PEM files."""

from __future__ import annotations

import ssl

from wstool.connection.options import TLSOptions
from wstool.connection.translate import describe_os_error
from wstool.errors import UsageError
from wstool.files import is_pipe, read_file


__all__ = ["is_encrypted", "load_client_certificate", "read_pem"]

_CERTIFICATES = (b"CERTIFICATE-----", b"X509 CERTIFICATE-----")
_KEY = b"PRIVATE KEY-----"
_DER = b"\x30"
# The type of what is in a PKCS#12 file (RFC 7292, 4): PKCS#7 data.
_PKCS12 = bytes.fromhex("06092a864886f70d010701")
_MAX_FILE = 1 << 20


def load_client_certificate(context: ssl.SSLContext, options: TLSOptions) -> None:
    """
    Load the certificate of the options, its chain and its key, if there is one.

    Raises:
        UsageError: If that can't be; the message names the file.
    """
    cert = options.cert
    if cert is None:
        return
    key = options.key or cert
    _check(cert, read_pem(cert), _CERTIFICATES, "certificate")
    hint = "" if options.key else " (try --key FILE)"
    _check(key, read_pem(key), (_KEY,), "private key", hint=hint)
    passphrase = _Passphrase(key, options)
    try:
        context.load_cert_chain(cert, options.key, passphrase.give)
    except ssl.SSLError as error:
        raise UsageError(_describe(error, cert, key, passphrase.was_given)) from error
    except ValueError as error:
        raise UsageError(f"{key}: {error}") from error
    except OSError as error:
        raise UsageError(f"{key}: {describe_os_error(error)}") from error


def read_pem(path: str) -> bytes:
    """
    Read a PEM file.

    Raises:
        UsageError: If it can't be read, or is too big to be one.
    """
    try:
        if is_pipe(path):
            # OpenSSL reads it too, and again for each connection.
            raise UsageError(f"{path}: a pipe, which can be read only once")
        data = read_file(path, _MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {describe_os_error(error)}") from error
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
    if len(data) > _MAX_FILE:
        raise UsageError(f"{path}: over {_MAX_FILE} bytes")
    return data


def is_encrypted(pem: bytes) -> bool:
    """Tell whether the key in a PEM file needs a passphrase."""
    # RFC 7468, 11, and the older form of RFC 1421, 4.6.1.1.
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem or b"Proc-Type: 4,ENCRYPTED" in pem


class _Passphrase:
    """The passphrase of a key, which OpenSSL asks for if it needs one."""

    def __init__(self, key: str, options: TLSOptions) -> None:
        self._key = key
        self._options = options
        self.was_given = False

    def give(self) -> str:
        if self._options.passphrase is None:
            raise UsageError(f"{self._key}: the key is encrypted (try --pass @FILE)")
        self.was_given = True
        return self._options.passphrase()


def _check(
    path: str, data: bytes, marks: tuple[bytes, ...], what: str, *, hint: str = ""
) -> None:
    """Check that a file holds what it should, as far as can be told from outside."""
    if any(mark in data for mark in marks):
        return
    if data.startswith(_DER):
        if _PKCS12 in data[:64]:
            form, convert = "PKCS#12", f"openssl pkcs12 -in {path} -out {path}.pem"
        else:
            command = "x509" if what == "certificate" else "pkey"
            form = "DER"
            convert = f"openssl {command} -inform DER -in {path} -out {path}.pem"
        raise UsageError(f"{path}: this is {form}, not PEM (try {convert})")
    raise UsageError(f"{path}: no {what} in it{hint}")


def _describe(error: ssl.SSLError, cert: str, key: str, passphrase_given: bool) -> str:
    reason = str(error.reason)
    if reason == "KEY_VALUES_MISMATCH":
        return f"{key}: the key doesn't belong to the certificate in {cert}"
    if reason == "KEY_TYPE_MISMATCH":
        return f"{key}: the key isn't of the type that the certificate in {cert} has"
    if passphrase_given:
        return f"{key}: the passphrase is wrong"
    files = cert if cert == key else f"{cert} or {key}"
    why = f": {describe_os_error(error)}" if error.reason else ""
    return f"{files}: can't be used{why or ', the PEM is damaged'}"
