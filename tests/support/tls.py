"""Certificates of any kind, as TLS servers and clients present them."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


__all__ = ["DAY", "NOW", "PASSPHRASE", "Issued", "demand", "make_context"]

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
PASSPHRASE = "correct horse"


class Issued:
    """A certificate and its key."""

    def __init__(
        self, subject, *, issuer=None, names=(), valid=(NOW - DAY, NOW + DAY), **more
    ):
        """
        Issue.

        Args:
            subject: Common name.
            issuer: Who signs it; itself, unless given.
            names: Host names and addresses.
            valid: From when to when.
            more: ``authority`` for those that sign others; ``extensions``; ``serial``.
        """
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = issuer
        self.valid = valid
        signer = issuer or self
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
        authority = more.get("authority", False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(more.get("serial") or x509.random_serial_number())
            .not_valid_before(valid[0])
            .not_valid_after(valid[1])
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if names:
            value = x509.SubjectAlternativeName([_make_name(name) for name in names])
            builder = builder.add_extension(value, critical=False)
        for extension in more.get("extensions", ()):
            builder = builder.add_extension(extension, critical=False)
        self.certificate = builder.sign(signer.key, hashes.SHA256())

    @property
    def der(self):
        """The certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pin(self):
        """SHA-256 of the public key, as the library writes that."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(
            self.key.public_key().public_bytes(
                serialization.Encoding.DER,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
        )
        return digest.finalize()

    @property
    def validity(self):
        """The validity, as wstool writes it."""
        return tuple(f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in self.valid)

    def write_pem(self, path, *kinds, passphrase=None):
        """
        Write a PEM file, and give its path.

        Args:
            kinds: ``cert``, ``chain`` and ``key``, in that order; both certificate
                and key, unless given.
        """
        pem = {
            "cert": _write_certificate(self),
            "chain": b"".join(_write_certificate(each) for each in self._list_chain()),
            "key": _write_key(self.key, passphrase),
        }
        Path(path).write_bytes(b"".join(pem[kind] for kind in kinds or ("cert", "key")))
        return str(path)

    def _list_chain(self):
        """List the certificates between this one and its root."""
        issuer = self.issuer
        while issuer is not None and issuer.issuer is not None:
            yield issuer
            issuer = issuer.issuer


def make_context(issued, *, chain=True, version=None, ciphers=None):
    """
    Make the context of a server.

    Args:
        chain: Whether it sends the certificates between its own and the root.
        version: The only version of TLS that it speaks.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        kinds = ("cert", "chain", "key") if chain else ("cert", "key")
        context.load_cert_chain(issued.write_pem(file.name, *kinds))
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    return context


def demand(context, authority):
    """Let a server demand a certificate of an authority from its clients."""
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=_write_certificate(authority).decode())
    return context


def _make_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_certificate(issued):
    return issued.certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(key, passphrase):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase.encode()),
    )
