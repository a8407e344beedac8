"""
Certificates for this machine, signed by an authority of the user's own.

The authority is made once and kept: a certificate that can be given to clients, and in
a file that only the user can read, its key. A server's certificate is made on the spot
for localhost and the names and addresses of this machine.
"""

from __future__ import annotations

import datetime
import os
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wstool.errors import UsageError
from wstool.phrases import describe_file_error


if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


__all__ = ["Issued", "find_local_names", "issue"]

_NAME = "wstool local authority"
_CA_DAYS = 3650
_LEAF_DAYS = 90
_SPARE_DAYS = 120
_CA_FILE = "ca.pem"
_KEY_FILE = "ca-key.pem"
_MAX_FILE = 1 << 16


class Issued(NamedTuple):
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes
    ca_path: Path
    """File with the authority's certificate, for clients."""


def find_local_names(hosts: Iterable[str] = ()) -> list[str]:
    """Find names and addresses that clients on this machine and beside it may use."""
    names = ["localhost", "127.0.0.1", "::1"]
    for name in (socket.gethostname(), socket.getfqdn()):
        if name and "." not in name.strip(".0123456789"):
            names += [name, f"{name}.local"]
        else:
            names.append(name)
    names += [host for host in hosts if host not in ("", "0.0.0.0", "::")]
    return [name for name in dict.fromkeys(names) if _is_name(name)]


def issue(folder: Path, names: list[str], now: datetime.datetime) -> Issued:
    """
    Issue a certificate.

    Args:
        folder: Where the authority is, or will be.
        names: Names and addresses; the first one names the certificate.

    Raises:
        UsageError: If the library isn't there, or the folder can't be used.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise UsageError("--tls needs the library cryptography") from error
    try:
        ca, ca_key = _find_authority(folder, now)
    except OSError as error:
        problem = describe_file_error(error)
        raise UsageError(f"{folder}: {problem}, so there is no authority") from error
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _build_leaf(names, key, ca, ca_key, now)
    return Issued(_pem(certificate), _key_pem(key), folder / _CA_FILE)


def _find_authority(
    folder: Path, now: datetime.datetime
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """Find the authority, or make one if there is none that lasts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = _load_authority(folder / _KEY_FILE, now)
    if found is None:
        _make_authority(folder, now)
        found = _load_authority(folder / _KEY_FILE, now)
    if found is None:
        raise UsageError(f"{folder / _KEY_FILE}: not an authority")
    public, path = _pem(found[0]), folder / _CA_FILE
    if not path.exists() or path.read_bytes() != public:
        _replace(path, public, 0o644)
    return found


def _load_authority(
    path: Path, now: datetime.datetime
) -> tuple[x509.Certificate, EllipticCurvePrivateKey] | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE)
    except FileNotFoundError:
        return None
    try:
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
    except (ValueError, TypeError):
        return None
    spare = datetime.timedelta(days=_SPARE_DAYS)
    lasts = certificate.not_valid_after_utc > now + spare
    if not lasts or not isinstance(key, EllipticCurvePrivateKey):
        return None
    return certificate, key


def _make_authority(folder: Path, now: datetime.datetime) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begin(_NAME, _NAME, key, now, _CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
    builder = builder.add_extension(_make_usage(ca=True), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    _replace(folder / _KEY_FILE, _key_pem(key) + _pem(certificate), 0o600)


def _build_leaf(
    names: list[str],
    key: EllipticCurvePrivateKey,
    ca: x509.Certificate,
    ca_key: EllipticCurvePrivateKey,
    now: datetime.datetime,
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    builder = _begin(names[0], _NAME, key, now, _LEAF_DAYS)
    alternatives = x509.SubjectAlternativeName(list(map(_make_name, names)))
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    for extension, critical in (
        (alternatives, False),
        (x509.BasicConstraints(False, None), True),
        (_make_usage(ca=False), True),
        (server, False),
        (authority, False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    return builder.issuer_name(ca.subject).sign(ca_key, hashes.SHA256())


def _begin(
    subject: str,
    issuer: str,
    key: EllipticCurvePrivateKey,
    now: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])

    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(identifier, critical=False)
    )
    # A leaf's issuer is named where it is signed.
    return builder.issuer_name(name(issuer)) if subject == issuer else builder


def _make_usage(*, ca: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _make_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_name(name: str) -> bool:
    """Tell whether a name can stand in a certificate."""
    return name.isascii() and name != "" and not set(name) - _NAME_CHARACTERS


_NAME_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:"
)


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _replace(path: Path, data: bytes, mode: int) -> None:
    """Write a file as a whole; who reads it meanwhile sees the old one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
    temporary.replace(path)
