"""Certificates for this machine."""

from __future__ import annotations

import datetime
import sys

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from wstool.connection import local_ca
from wstool.connection.local_ca import find_local_names, issue
from wstool.errors import UsageError


NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
YEARS = datetime.timedelta(days=365 * 9 + 300)


def load(pem):
    """Parse a certificate."""
    return x509.load_pem_x509_certificate(pem)


def test_certificate(tmp_path):
    """A certificate is for the names given, and signed by the authority."""
    names = ["localhost", "127.0.0.1", "::1", "box.local"]
    issued = issue(tmp_path / "new", names, NOW)

    certificate, ca = load(issued.certificate), load(issued.ca_path.read_bytes())
    certificate.verify_directly_issued_by(ca)
    ca.verify_directly_issued_by(ca)
    extensions = certificate.extensions
    found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in found] == names
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    # It can sign no further authorities.
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)


def test_authority_is_kept(tmp_path):
    """The next certificate is of the same authority, whose key only the user reads."""
    first = issue(tmp_path / "new", ["a"], NOW)
    ca = first.ca_path.read_bytes()
    second = issue(tmp_path / "new", ["b"], NOW)

    assert second.ca_path.read_bytes() == ca
    assert first.key != second.key
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in [tmp_path / "new", *(tmp_path / "new").iterdir()]
    }
    assert modes == {"new": 0o700, "ca.pem": 0o644, "ca-key.pem": 0o600}


def test_authority_that_ends(tmp_path):
    """An authority that doesn't last is replaced."""
    old = issue(tmp_path, ["a"], NOW).ca_path.read_bytes()
    issued = issue(tmp_path, ["a"], NOW + YEARS)

    assert issued.ca_path.read_bytes() != old
    load(issued.certificate).verify_directly_issued_by(
        load(issued.ca_path.read_bytes())
    )


@pytest.mark.parametrize("rubbish", [b"", b"hello\n"])
def test_authority_that_is_none(tmp_path, rubbish):
    """Rubbish in place of the authority is replaced."""
    (tmp_path / "ca-key.pem").write_bytes(rubbish)
    (tmp_path / "ca.pem").write_bytes(rubbish)

    issued = issue(tmp_path, ["a"], NOW)

    load(issued.certificate).verify_directly_issued_by(
        load(issued.ca_path.read_bytes())
    )


def test_folder_that_cannot_be(tmp_path):
    """A folder that can't be made is named."""
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"file/new: .*so there is no authority"):
        issue(tmp_path / "file" / "new", ["a"], NOW)


def test_missing_library(tmp_path, monkeypatch):
    """Without the library it is named."""
    name = "cryptography.hazmat.primitives.asymmetric"
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(UsageError, match="--tls needs the library cryptography"):
        issue(tmp_path, ["a"], NOW)


@pytest.mark.parametrize(
    ("hostname", "fqdn", "hosts", "names"),
    [
        pytest.param(
            "box",
            "box.example.org",
            [],
            ["box", "box.local", "box.example.org"],
            id="all",
        ),
        pytest.param("", "", ["0.0.0.0", "::", ""], [], id="no-names"),
        pytest.param(
            "localhost",
            "localhost",
            ["10.0.0.1"],
            ["localhost.local", "10.0.0.1"],
            id="host",
        ),
        pytest.param("bö x", "bö x", [], [], id="not-a-name"),
    ],
)
def test_local_names(monkeypatch, hostname, fqdn, hosts, names):
    """Names are localhost, the loopback addresses, the machine's, and the hosts."""
    monkeypatch.setattr(local_ca.socket, "gethostname", lambda: hostname)
    monkeypatch.setattr(local_ca.socket, "getfqdn", lambda: fqdn)

    assert find_local_names(hosts) == ["localhost", "127.0.0.1", "::1", *names]
