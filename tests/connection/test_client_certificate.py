"""A client's certificate: which files will do, and what is wrong with the others."""

from __future__ import annotations

import os
import ssl
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from wstool.connection.client_certificate import (
    is_encrypted,
    load_client_certificate,
    read_pem,
)
from wstool.connection.options import TLSOptions
from wstool.errors import InputInvalid, UsageError

from support.tls import PASSPHRASE, Issued


AUTHORITY = Issued("Authority", authority=True)
MIDDLE = Issued("Middle", issuer=AUTHORITY, authority=True)
CLIENT = Issued("client", issuer=MIDDLE)
OTHER = Issued("other", issuer=AUTHORITY)


@pytest.fixture(name="files")
def write_files(tmp_path, monkeypatch):
    """Write the files that the tests name, and go where they are."""
    monkeypatch.chdir(tmp_path)
    CLIENT.write_pem("all.pem")
    CLIENT.write_pem("chain.pem", "cert", "chain", "key")
    CLIENT.write_pem("cert.pem", "cert")
    CLIENT.write_pem("key.pem", "key")
    CLIENT.write_pem("locked.pem", passphrase=PASSPHRASE)
    CLIENT.write_pem("locked-key.pem", "key", passphrase=PASSPHRASE)
    OTHER.write_pem("other-key.pem", "key")
    (tmp_path / "cert.der").write_bytes(CLIENT.der)
    (tmp_path / "key.der").write_bytes(
        CLIENT.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (tmp_path / "text.pem").write_text("no certificate")
    (tmp_path / "empty.pem").touch()
    (tmp_path / "broken.pem").write_text(
        "-----BEGIN CERTIFICATE-----\n=\n-----END CERTIFICATE-----\n"
        "-----BEGIN PRIVATE KEY-----\n=\n-----END PRIVATE KEY-----\n"
    )
    (tmp_path / "big.pem").write_bytes(b"-" * (1 << 20) + b"-")
    write_old_form(tmp_path)
    write_pkcs12(tmp_path)
    return tmp_path


def write_old_form(folder):
    """Write the encrypted key in the form that OpenSSL had before PKCS#8."""
    (folder / "old-key.pem").write_bytes(
        CLIENT.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
    )


def write_pkcs12(folder):
    """Write certificate and key as browsers export them."""
    (folder / "client.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"client",
            CLIENT.key,
            CLIENT.certificate,
            None,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
    )


def load(cert, key=None, passphrase=None):
    """Load a certificate into a new context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    give = None if passphrase is None else lambda: passphrase
    load_client_certificate(context, TLSOptions(cert=cert, key=key, passphrase=give))


@pytest.mark.parametrize(
    ("cert", "key", "passphrase"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param("all.pem", None, None, id="one-file"),
        pytest.param("chain.pem", None, None, id="with-chain"),
        pytest.param("cert.pem", "key.pem", None, id="two-files"),
        pytest.param("locked.pem", None, PASSPHRASE, id="encrypted"),
        pytest.param("cert.pem", "locked-key.pem", PASSPHRASE, id="encrypted-key"),
        pytest.param("cert.pem", "old-key.pem", PASSPHRASE, id="old-form"),
        pytest.param("all.pem", None, "unused", id="passphrase-for-nothing"),
    ],
)
def test_good_files(files, cert, key, passphrase):
    """Certificate and key can be in one file or in two, the key encrypted."""
    load(cert, key, passphrase)


def test_passphrase_is_asked_for_only_if_needed(files):
    """Nobody is asked for the passphrase of a key that isn't encrypted."""
    asked = []

    def give():
        asked.append("asked")
        return PASSPHRASE

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    load_client_certificate(context, TLSOptions(cert="all.pem", passphrase=give))
    assert asked == []
    load_client_certificate(context, TLSOptions(cert="locked.pem", passphrase=give))
    assert asked == ["asked"]


BROKEN = "can't be used, the PEM is damaged"


@pytest.mark.parametrize(
    ("cert", "key", "passphrase", "problem"),
    [
        ("none.pem", None, None, "none.pem: no such file or directory"),
        (".", None, None, ".: is a directory"),
        ("a\0b", None, None, "a\0b: embedded null byte"),
        ("big.pem", None, None, "big.pem: over 1048576 bytes"),
        ("empty.pem", None, None, "empty.pem: no certificate in it"),
        ("text.pem", None, None, "text.pem: no certificate in it"),
        ("key.pem", None, None, "key.pem: no certificate in it"),
        ("cert.pem", None, None, "cert.pem: no private key in it (try --key FILE)"),
        ("cert.pem", "none.pem", None, "none.pem: no such file or directory"),
        ("cert.pem", "cert.pem", None, "cert.pem: no private key in it"),
        (
            "cert.pem",
            "other-key.pem",
            None,
            "other-key.pem: the key doesn't belong to the certificate in cert.pem",
        ),
        (
            "locked.pem",
            None,
            None,
            "locked.pem: the key is encrypted (try --pass @FILE)",
        ),
        ("locked.pem", None, "wrong", "locked.pem: the passphrase is wrong"),
        ("locked.pem", None, "", "locked.pem: the passphrase is wrong"),
        ("cert.pem", "old-key.pem", "wrong", "old-key.pem: the passphrase is wrong"),
        (
            "locked.pem",
            None,
            "x" * 2000,
            "locked.pem: password cannot be longer than 1024 bytes",
        ),
        (
            "cert.der",
            None,
            None,
            "cert.der: this is DER, not PEM "
            "(try openssl x509 -inform DER -in cert.der -out cert.der.pem)",
        ),
        (
            "cert.pem",
            "key.der",
            None,
            "key.der: this is DER, not PEM "
            "(try openssl pkey -inform DER -in key.der -out key.der.pem)",
        ),
        (
            "client.p12",
            None,
            None,
            "client.p12: this is PKCS#12, not PEM "
            "(try openssl pkcs12 -in client.p12 -out client.p12.pem)",
        ),
        ("broken.pem", None, None, f"broken.pem: {BROKEN}"),
        ("cert.pem", "broken.pem", None, f"cert.pem or broken.pem: {BROKEN}"),
    ],
)
def test_bad_files(files, cert, key, passphrase, problem):
    """What is wrong with a file is said, by its name, with what may help."""
    with pytest.raises(UsageError) as caught:
        load(cert, key, passphrase)
    assert str(caught.value) == problem


def test_passphrase_that_cannot_be_given(files):
    """What keeps a passphrase from being given is what is told."""

    def give():
        raise InputInvalid("@none", "can't be read")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(InputInvalid, match="@none: can't be read"):
        load_client_certificate(context, TLSOptions(cert="locked.pem", passphrase=give))


@pytest.mark.peers
def test_advice_for_pkcs12(files):
    """The command that is recommended for PKCS#12 makes a file that will do."""
    subprocess.run(
        "openssl pkcs12 -in client.p12 -out client.p12.pem "
        f"-passin 'pass:{PASSPHRASE}' -passout 'pass:{PASSPHRASE}'",
        shell=True,
        check=True,
        capture_output=True,
    )
    assert is_encrypted(read_pem("client.p12.pem"))
    load("client.p12.pem", None, PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "encrypted"),
    [
        ("locked.pem", True),
        ("old-key.pem", True),
        ("all.pem", False),
        ("cert.pem", False),
    ],
)
def test_is_encrypted(files, name, encrypted):
    """An encrypted key says so itself, in the new form and in the old one."""
    assert is_encrypted(read_pem(name)) is encrypted


def test_pipe(tmp_path):
    """A pipe is refused before it blocks: its second reader would find nothing."""
    path = str(tmp_path / "pipe.pem")
    os.mkfifo(path)
    with pytest.raises(UsageError) as caught:
        read_pem(path)
    assert str(caught.value) == f"{path}: a pipe, which can be read only once"
