"""The subcommand ``inspect`` as a proxy, as it is installed."""

from __future__ import annotations

import contextlib
import re
import signal

import pytest

from support.command import run, serving, start
from support.tls import Issued


@contextlib.contextmanager
def proxying(*arguments, **options):
    """Run a proxy on a free port; give its URL and the command."""
    with start("inspect", "--listen", "0", *arguments, **options) as running:
        running.wait_for_stderr(b"connected to their server\n")
        url = re.search(rb"clients of (wss?://\S+)", running.stderr)[1].decode()
        yield url, running


def mask(text):
    """Replace times and ports."""
    return re.sub(
        r"127\.0\.0\.1:\d+", "HOST", re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", text)
    )


def test_proxy():
    """Clients get their server, and what passes is shown, until Ctrl-C."""
    with (
        serving("--quiet") as (server, _),
        proxying("--format", "summary", server) as (url, running),
    ):
        assert run("send", "-n", "1", url, "hello").stdout == b"hello\n"
        running.wait_for_stdout(b"the connection has ended\n")
        running.send_signal(signal.SIGINT)
        outcome = running.wait()

    assert outcome.status == 0
    assert mask(outcome.stdout.decode()) == (
        "-- connection 1: HOST > HOST\n"
        "> GET / HTTP/1.1\n"
        "< HTTP/1.1 101 Switching Protocols\n"
        "    1 > text         TIME FIN MASK            5  hello\n"
        "    2 < text         TIME FIN                 5  hello\n"
        "    3 > close        TIME FIN MASK            2  1000 (normal closure)\n"
        "    4 < close        TIME FIN                 2  1000 (normal closure)\n"
        "the connection has ended\n"
    )


@pytest.mark.parametrize(
    ("options", "rests"),
    [
        # Of the payload, and of the text that it is.
        ((), ["... 61440 bytes more"] * 2),
        (("--format", "hexdump"), ["... 61440 bytes more"]),
        (("--max-payload", "100"), ["... 65436 bytes more"] * 2),
        (("--max-payload", "70000"), []),
    ],
)
def test_payloads_as_they_pass(options, rests):
    """A dump shows the beginning of a payload, for which nobody waits long."""
    with (
        serving("--quiet", "--no-compression") as (server, _),
        proxying("--filter", "opcode == text", *options, server) as (url, running),
    ):
        text = "a" * 65536
        assert run("send", "-n", "1", url, text).stdout == f"{text}\n".encode()
        running.wait_for_stdout(b"#2 <")
        running.send_signal(signal.SIGINT)
        stdout = running.wait().stdout.decode()

    assert re.findall(r"\.\.\. \d+ bytes more", stdout) == rests * 2
    assert "61 61 61 61" in stdout


def test_tls_to_the_client(tmp_path):
    """With a certificate, clients speak TLS."""
    authority = Issued("Authority", authority=True)
    issued = Issued("localhost", issuer=authority, names=["127.0.0.1", "localhost"])
    cacert = authority.write_pem(tmp_path / "ca.pem", "cert")
    pem = issued.write_pem(tmp_path / "server.pem", "cert", "key")
    with (
        serving("--quiet") as (server, _),
        proxying("--tls-cert", pem, server) as (url, running),
    ):
        assert url.startswith("wss://")
        url = url.replace("127.0.0.1", "localhost")
        outcome = run("send", "-n", "1", "--cacert", cacert, url, "hello")
        assert outcome.stdout == b"hello\n", outcome
        running.wait_for_stdout(b"text  hello")


def test_tls_of_the_local_authority(tmp_path):
    """With `--tls` alone, clients trust the authority that `serve --tls` uses."""
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    with (
        serving("--quiet") as (server, _),
        proxying("--tls", server, environment=environment) as (url, running),
    ):
        cacert = tmp_path / "wstool" / "ca.pem"
        for name in ("127.0.0.1", "localhost"):
            named = url.replace("127.0.0.1", name)
            outcome = run("send", "-n", "1", "--cacert", cacert, named, "hello")
            assert outcome.stdout == b"hello\n", outcome
        assert run("send", url, "x").status == 4
        assert running.stderr.decode().startswith(
            "wstool: its certificate is of an own authority: "
            f"wstool connect --cacert {cacert} {url}\n"
        )


def test_no_server():
    """A client that gets no server is told of, and the proxy goes on."""
    with proxying("--format", "summary", "ws://127.0.0.1:1/") as (url, running):
        for times in (1, 2):
            assert run("send", url, "hello").status != 0
            running.wait_for_stderr(
                b"gets no server: can't connect to 127.0.0.1:1", times=times
            )
        running.send_signal(signal.SIGTERM)
        assert running.wait().status == 0


def test_check():
    """Violations are judged at the end."""
    with (
        serving("--quiet") as (server, _),
        proxying("--check", server) as (url, running),
    ):
        run("send", "-n", "1", url, "hello")
        running.send_signal(signal.SIGINT)
        assert running.wait().status == 0


def test_usage():
    """A proxy needs a server, and sends nothing of its own."""
    without = run("inspect", "--listen", "0")
    data = run("inspect", "--listen", "0", "ws://localhost", "-d", "a")
    port = run("inspect", "--listen", "localhost", "ws://localhost")
    tls = run("inspect", "--tls", "--hex", "8100")
    key = run("inspect", "--listen", "0", "--tls-key", __file__, "ws://localhost")

    assert "Error: --listen needs the URL of a server." in without.stderr
    assert "need a connection of our own, not --listen." in data.stderr
    assert "'localhost' has no port from 0 to 65535." in port.stderr
    assert "--tls, --tls-cert and --tls-key need --listen." in tls.stderr
    assert "--tls-key needs --tls-cert." in key.stderr
    statuses = {without.status, data.status, port.status, tls.status, key.status}
    assert statuses == {2}


def test_bad_certificate(tmp_path):
    """A file that holds no certificate is named."""
    path = tmp_path / "x.pem"
    path.write_text("x")

    outcome = run("inspect", "--listen", "0", "--tls-cert", path, "ws://localhost")

    assert outcome.status == 2
    assert "--tls-cert" in outcome.stderr
