"""A server with TLS, as its user and its clients see it."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import contextmanager

import pytest
import trustme

from support.command import Outcome, run, start
from support.raw_client import REQUEST


@contextmanager
def serving(folder, *options):
    """Run a server whose user has a data folder of their own; give URL and process."""
    environment = {"XDG_DATA_HOME": str(folder)}
    arguments = ("serve", "--port", "0", *options)
    with start(*arguments, environment=environment) as running:
        running.wait_for_stdout(b"\n")
        yield running.stdout.decode().strip(), running


def test_tls(tmp_path):
    """One flag makes a server with TLS; the log shows the client that trusts it."""
    with serving(tmp_path, "--tls") as (url, running):
        ca_path = tmp_path / "wstool" / "ca.pem"
        running.wait_for_stderr(b"\n")
        assert running.stderr.decode() == (
            "wstool: its certificate is of an own authority: "
            f"wstool connect --cacert {ca_path} {url}\n"
        )
        for name in ("127.0.0.1", "localhost"):
            named = url.replace("127.0.0.1", name)
            outcome = run("connect", "--cacert", str(ca_path), named, stdin=b"x\n")
            assert outcome == Outcome(0, b"x\n", "")
        assert run("send", url, "x").status == 4
    assert re.fullmatch(r"wss://127\.0\.0\.1:\d+/", url)


@pytest.fixture(name="files")
def make_files(tmp_path):
    """Write the files of a server and of a client."""
    authority, other = trustme.CA(), trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    for name, signer in (("client", authority), ("stranger", other)):
        client = signer.issue_cert("someone")
        client.private_key_and_cert_chain_pem.write_to_path(tmp_path / f"{name}.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path


def test_given_certificate(files):
    """A certificate of one's own needs no authority of ours."""
    options = ("--cert", str(files / "cert.pem"), "--key", str(files / "key.pem"))
    with serving(files, *options) as (url, running):
        outcome = run("send", "-n", "1", "--cacert", str(files / "ca.pem"), url, "x")
    assert outcome == Outcome(0, b"x\n", "")
    assert b"authority" not in running.stderr
    assert not (files / "wstool").exists()


@pytest.mark.parametrize("client", ["client", "stranger", None])
def test_client_certificate(files, client):
    """With --client-ca only clients with a certificate of that authority get in."""
    options = ("--cert", str(files / "cert.pem"), "--key", str(files / "key.pem"))
    context = ssl.create_default_context(cafile=str(files / "ca.pem"))
    if client is not None:
        context.load_cert_chain(str(files / f"{client}.pem"))
    ca = str(files / "ca.pem")
    with serving(files, *options, "--client-ca", ca) as (url, running):
        host, port = re.fullmatch(r"wss://(.*):(\d+)/", url).groups()
        plain = socket.create_connection((host, int(port)), timeout=10)
        answer = b""
        with context.wrap_socket(plain, server_hostname=host) as sock:
            try:
                sock.sendall(REQUEST)
                answer = sock.recv(1000)
            except (ssl.SSLError, ConnectionError):
                assert client != "client"
        running.wait_for_stderr(b"\n")
        log = running.stderr.decode()
    if client == "client":
        assert answer.startswith(b"HTTP/1.1 101 ")
        return
    assert answer == b""
    problem = {
        "stranger": "certificate verify failed",
        None: "peer did not return a certificate",
    }
    assert f"rejected: TLS handshake failed: {problem[client]}" in log


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        pytest.param(
            ["--cert", "/missing.pem"],
            4,
            "TLS with /missing.pem failed: no such file or directory",
            id="no-cert",
        ),
        pytest.param(["--key", "/x.pem"], 2, "--key needs --cert.", id="key-alone"),
        pytest.param(
            ["--client-ca", "/x.pem"],
            2,
            "--client-ca needs --tls or --cert.",
            id="client-ca-alone",
        ),
    ],
)
def test_bad_option(options, status, problem):
    """A certificate that can't be used ends it at once: status 4."""
    outcome = run("serve", "--port", "0", *options)

    assert (outcome.status, outcome.stdout) == (status, b"")
    assert problem in outcome.stderr
