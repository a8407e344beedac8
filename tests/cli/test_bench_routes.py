"""A bench by TLS, by proxies, by a Unix socket, and with what a request can hold."""

from __future__ import annotations

import json

import pytest
import trustme

from support.command import run, serving
from support.proxies import run_proxy


KINDS = [
    pytest.param(("-n", "300"), id="echo"),
    pytest.param(("-n", "300", "--depth", "9", "--size", "10-5000"), id="sizes"),
    pytest.param(("-n", "50", "--rate", "1000"), id="rate"),
    pytest.param(("--kind", "send", "-n", "300"), id="send"),
    pytest.param(("--kind", "connect", "-n", "9"), id="connect"),
]


@pytest.fixture(name="certificate")
def write_certificate(tmp_path):
    """Write a certificate and its authority; give their paths."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "cert.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "cert.pem"), str(tmp_path / "ca.pem")


@pytest.fixture(name="bench")
def make_bench(tmp_path):
    """Give what runs a bench and checks that nothing was lost."""

    def bench(*arguments):
        path = tmp_path / "report.json"
        outcome = run("bench", "-c", "3", "-q", "--report", str(path), *arguments)
        assert (outcome.status, outcome.stderr) == (0, "")
        document = json.loads(path.read_text())
        assert document["errors"] == []
        messages = document["messages"]
        if document["kind"] != "send":
            assert messages["received"] == messages["sent"] > 0
        return document

    return bench


@pytest.mark.parametrize("kind", KINDS)
def test_tls(bench, certificate, kind):
    """By TLS all is measured that is measured without."""
    cert, ca = certificate
    with serving("-q", "--cert", cert) as (url, _):
        assert bench(url, "--cacert", ca, *kind)["target"].startswith("wss://")


def test_untrusted(certificate):
    """A certificate that nobody trusts is the error of every command."""
    with serving("-q", "--cert", certificate[0]) as (url, _):
        outcome = run("bench", url, "-d", "1")

    assert (outcome.status, outcome.stdout) == (4, b"")


@pytest.mark.parametrize("kind", KINDS)
def test_unix_socket(bench, tmp_path, kind):
    """By a Unix socket too."""
    path = str(tmp_path / "s")
    with serving("-q", "--unix-socket", path):
        bench("ws://localhost/", "--unix-socket", path, *kind)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_proxy(bench, scheme):
    """And through a proxy."""
    with serving("-q") as (url, _), run_proxy(scheme) as address:
        bench(url, "--proxy", f"{scheme}://{address}", "-n", "300")


def test_proxy_gone():
    """A proxy that isn't there is named."""
    outcome = run("bench", "ws://127.0.0.1:9/", "-x", "http://127.0.0.1:1", "-d", "1")

    assert outcome.status == 3
    assert "127.0.0.1:1" in outcome.stderr


@pytest.mark.parametrize("kind", KINDS[:4])
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--fragment-size", "20"), id="fragments"),
        pytest.param(("--compress-min", "1"), id="compressed"),
    ],
)
def test_frames(bench, kind, options):
    """Messages in fragments or compressed come back as they were."""
    with serving("-q", "--compress-min", "1") as (url, _):
        bench(url, *kind, *options)


def test_request():
    """Credentials, subprotocol and headers go with every request."""
    arguments = ("--user", "ada:secret", "-s", "chat", "--require-subprotocol")
    with serving("-q", *arguments) as (url, _):
        refused = run("bench", url, "-n", "3")
        outcome = run("bench", url, "-n", "9", "-u", "ada:secret", "-s", "chat", "-q")

    assert refused.status == 5
    assert "401" in refused.stderr
    assert (outcome.status, outcome.stderr) == (0, "")
