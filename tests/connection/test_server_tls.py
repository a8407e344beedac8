"""TLS contexts of servers."""

from __future__ import annotations

import os
import ssl

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from wstool.connection.server_tls import (
    make_server_context,
    make_server_context_from,
)
from wstool.errors import TLSFailed


@pytest.fixture(name="files")
def make_files(tmp_path):
    """Write certificate, key and authority to files."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    (tmp_path / "encrypted.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    )
    other = trustme.CA().issue_cert("localhost")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    (tmp_path / "text.pem").write_text("hello\n")
    return tmp_path


def test_context(files):
    """A server speaks TLS 1.2 and later, and asks clients for nothing."""
    context = make_server_context(str(files / "cert.pem"), str(files / "key.pem"))

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_NONE


def test_client_certificates(files):
    """With authorities for clients, their certificates are required."""
    context = make_server_context(
        str(files / "cert.pem"),
        str(files / "key.pem"),
        client_ca=str(files / "ca.pem"),
    )

    assert context.verify_mode is ssl.CERT_REQUIRED


def test_pipes(files):
    """What a shell gives as the output of commands is read once, to its end."""

    def pipe(name):
        ours, theirs = os.pipe()
        os.write(theirs, (files / name).read_bytes())
        os.close(theirs)
        return ours

    opened = [pipe(name) for name in ("cert.pem", "key.pem", "ca.pem", "text.pem")]
    cert, key, authority, text = (f"/dev/fd/{descriptor}" for descriptor in opened)
    context = make_server_context(cert, key, client_ca=authority)
    with pytest.raises(TLSFailed) as caught:
        make_server_context(text, None)
    for descriptor in opened:
        os.close(descriptor)

    assert len(context.get_ca_certs()) == 1
    assert (caught.value.target, caught.value.problem) == (text, "no PEM in it")


def test_context_from_memory(files, monkeypatch):
    """Certificate and key in memory leave no file behind."""
    monkeypatch.setenv("TMPDIR", str(files))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = sorted(files.iterdir())

    context = make_server_context_from(
        (files / "cert.pem").read_bytes(), (files / "key.pem").read_bytes()
    )

    assert isinstance(context, ssl.SSLContext)
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize(
    ("cert", "key", "client_ca", "problem"),
    [
        pytest.param(
            "missing.pem",
            "key.pem",
            None,
            "TLS with missing.pem failed: no such file or directory",
            id="no-cert",
        ),
        pytest.param(
            "cert.pem",
            "missing.pem",
            None,
            "TLS with missing.pem failed: no such file or directory",
            id="no-key",
        ),
        pytest.param(
            "cert.pem",
            "other.pem",
            None,
            "TLS with cert.pem and other.pem failed: key values mismatch",
            id="other-key",
        ),
        pytest.param(
            "cert.pem",
            "encrypted.pem",
            None,
            "TLS with encrypted.pem failed: the key is encrypted",
            id="encrypted",
        ),
        pytest.param(
            "cert.pem",
            None,
            None,
            "TLS with cert.pem failed: no PEM in it",
            id="key-missing",
        ),
        pytest.param(
            "text.pem",
            "key.pem",
            None,
            "TLS with text.pem and key.pem failed: no PEM in it",
            id="no-pem",
        ),
        pytest.param(
            "cert.pem",
            "key.pem",
            "text.pem",
            "TLS with text.pem failed: no certificate in it",
            id="no-authority",
        ),
        pytest.param(
            "cert.pem",
            "key.pem",
            "missing.pem",
            "TLS with missing.pem failed: no such file or directory",
            id="missing-authority",
        ),
    ],
)
def test_bad_files(files, monkeypatch, cert, key, client_ca, problem):
    """A file that can't be used is named, with what is wrong."""
    monkeypatch.chdir(files)

    with pytest.raises(TLSFailed) as caught:
        make_server_context(cert, key, client_ca=client_ca)

    assert str(caught.value) == problem
