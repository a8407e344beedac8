"""TLS contexts: whom they trust, what they speak, and files that don't do."""

from __future__ import annotations

import ssl
import warnings

import pytest

from wstool.connection.options import TLSOptions
from wstool.connection.tls import make_client_context, range_of_versions
from wstool.errors import UsageError

from support.tls import Issued


V1_0, V1_1 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(name="cacert")
def write_cacert(tmp_path):
    """Write an authority's certificate to a file."""
    path = tmp_path / "ca.pem"
    return Issued("Authority", authority=True).write_pem(path, "cert")


def test_trust(cacert, monkeypatch):
    """Certificates are checked unless told otherwise, with the system's or one file."""
    monkeypatch.setenv("SSL_CERT_FILE", cacert)
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    system = make_client_context(TLSOptions())
    own = make_client_context(TLSOptions(cacert=cacert))
    insecure = make_client_context(TLSOptions(insecure=True))

    for context in (system, own):
        assert (context.verify_mode, context.check_hostname) == (
            ssl.CERT_REQUIRED,
            True,
        )
        assert len(context.get_ca_certs()) == 1
    assert (insecure.verify_mode, insecure.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(None, "no such file or directory", id="missing"),
        pytest.param(b"", "no certificate in it", id="empty"),
        pytest.param(b"no certificate", "no certificate in it", id="text"),
    ],
)
@pytest.mark.parametrize("insecure", [False, True])
def test_cacert_that_is_none(tmp_path, content, problem, insecure):
    """A file of authorities that can't be used is named, even where it isn't needed."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        make_client_context(TLSOptions(cacert=str(path), insecure=insecure))
    assert str(caught.value) == f"{path}: {problem}"


@pytest.mark.parametrize(
    ("minimum", "maximum", "versions"),
    [
        pytest.param(None, None, (V1_2, V1_3), id="default"),
        pytest.param("1.3", None, (V1_3, V1_3), id="minimum"),
        pytest.param("1.0", None, (V1_0, V1_3), id="old"),
        pytest.param(None, "1.2", (V1_2, V1_2), id="maximum"),
        pytest.param(None, "1.1", (V1_1, V1_1), id="old-maximum"),
        pytest.param("1.1", "1.2", (V1_1, V1_2), id="both"),
    ],
)
def test_versions(minimum, maximum, versions):
    """Old versions are off unless asked for; asking for them warns nobody."""
    options = TLSOptions(minimum=minimum, maximum=maximum)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        context = make_client_context(options)

    assert (context.minimum_version, context.maximum_version) == versions


@pytest.mark.parametrize(
    ("minimum", "level"), [(None, 1), ("1.2", 1), ("1.1", 0), ("1.0", 0)]
)
def test_security_level(minimum, level):
    """Old versions need what only the lowest security level allows; new ones don't."""
    context = make_client_context(TLSOptions(minimum=minimum))

    assert min(context.security_level, 1) == level


@pytest.mark.parametrize(
    ("options", "versions"),
    [
        (TLSOptions(), ("1.2", "1.3")),
        (TLSOptions(minimum="1.3"), ("1.3", "1.3")),
        (TLSOptions(maximum="1.0"), ("1.0", "1.0")),
        (TLSOptions(minimum="1.0", maximum="1.2"), ("1.0", "1.2")),
    ],
)
def test_range_of_versions(options, versions):
    """What is spoken is the default's range, narrowed or widened by the options."""
    assert range_of_versions(options) == versions


def test_key_log(tmp_path, monkeypatch):
    """Keys are logged where the environment says."""
    path = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(path))

    assert make_client_context(TLSOptions()).keylog_filename == str(path)
    monkeypatch.setenv("SSLKEYLOGFILE", "")
    assert make_client_context(TLSOptions()).keylog_filename is None


@pytest.mark.parametrize(
    ("name", "problem"), [(".", "is a directory"), ("a/b", "no such file or directory")]
)
def test_key_log_that_cannot_be_written(tmp_path, monkeypatch, name, problem):
    """A log of keys that can't be written is an error that names it."""
    path = tmp_path / name
    monkeypatch.setenv("SSLKEYLOGFILE", str(path))

    with pytest.raises(UsageError) as caught:
        make_client_context(TLSOptions())
    assert str(caught.value) == f"SSLKEYLOGFILE={path}: {problem}"


def test_client_certificate(tmp_path):
    """A context holds the client's certificate; one that won't do is an error."""
    cert = Issued("client").write_pem(tmp_path / "cert.pem", "cert")

    with pytest.raises(UsageError, match="no private key in it"):
        make_client_context(TLSOptions(cert=cert))
