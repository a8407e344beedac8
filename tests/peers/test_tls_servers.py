"""TLS with servers by others: nginx in front, and OpenSSL's own."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

from support.command import LIMIT, Outcome, run, serving
from support.tls import Issued


pytestmark = pytest.mark.peers

ROOT = Issued("Root", authority=True)
MIDDLE = Issued("Middle", issuer=ROOT, authority=True)
SERVER = Issued("server", issuer=MIDDLE, names=["127.0.0.1"])
CLIENT = Issued("client", issuer=MIDDLE)
STRANGER = Issued("stranger", issuer=Issued("Another", authority=True))
CACERT = ("--cacert", "root.pem")
NGINX = """
daemon off;
pid nginx.pid;
error_log error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_client_certificate root.pem;
    ssl_verify_client {verify};
    ssl_verify_depth 3;
    location / {{
      proxy_pass {server};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }}
  }}
}}
"""


@pytest.fixture(name="folder")
def write_files(tmp_path, monkeypatch):
    """Write the files that the tests name, and go where they are."""
    monkeypatch.chdir(tmp_path)
    ROOT.write_pem("root.pem", "cert")
    SERVER.write_pem("server.pem", "cert", "chain", "key")
    CLIENT.write_pem("client.pem", "cert", "chain", "key")
    STRANGER.write_pem("stranger.pem")
    return tmp_path


@contextmanager
def serving_with(*command, port):
    """Run a server until the end; give its port once it accepts connections."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + LIMIT
        while True:
            assert process.poll() is None and time.monotonic() < deadline
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield f"wss://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(LIMIT)


def find_free_port():
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def nginx(folder, *, verify="off"):
    """Run nginx with TLS before ``wstool serve``; give its URL."""
    port = find_free_port()
    with serving("--quiet") as (server, _):
        server = server.replace("ws:", "http:")
        configuration = NGINX.format(port=port, server=server, verify=verify)
        (folder / "nginx.conf").write_text(configuration)
        command = ("nginx", "-p", str(folder), "-c", "nginx.conf")
        with serving_with(*command, port=port) as url:
            yield url


@contextmanager
def openssl(*options):
    """Run OpenSSL's server, which speaks some HTTP; give its URL."""
    port = find_free_port()
    command = ("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www")
    files = ("-cert", "server.pem", "-cert_chain", "server.pem", "-CAfile", "root.pem")
    with serving_with(*command, *files, *options, port=port) as url:
        yield url


@pytest.mark.parametrize("options", [(), ("--tlsv1.3",), ("--tls-max", "1.2")])
def test_nginx(folder, options):
    """TLS may end in nginx, in every version."""
    with nginx(folder) as url:
        outcome = run("send", url, "-n", "1", "x", *CACERT, *options)
    assert outcome == Outcome(0, b"x\n", "")


def test_nginx_with_client_certificate(folder):
    """A certificate that nginx demands is presented; its lack is told in its words."""
    with nginx(folder, verify="on") as url:
        good = run("send", url, "-n", "1", "x", *CACERT, "--cert", "client.pem")
        none = run("send", url, "-n", "1", "x", *CACERT)
        other = run("send", url, "-n", "1", "x", *CACERT, "--cert", "stranger.pem")
    assert good == Outcome(0, b"x\n", "")
    for outcome, words in (
        (none, "No required SSL certificate was sent"),
        (other, "The SSL certificate error"),
    ):
        assert (outcome.status, outcome.stdout) == (5, b"")
        assert re.search("refused the handshake: HTTP 400 Bad Request", outcome.stderr)
        assert words in outcome.stderr


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "the server wants a client certificate (try --cert FILE)"),
        (
            ("--cert", "stranger.pem"),
            "the server refused our certificate: unknown authority",
        ),
    ],
)
def test_openssl_refuses(folder, version, options, problem):
    """OpenSSL's alerts about a client's certificate are told in our words."""
    arguments = ("-Verify", "3", "-verify_return_error", version)
    with openssl(*arguments) as url:
        outcome = run("listen", url, *CACERT, *options)
    target = url.removeprefix("wss://").rstrip("/")
    text = f"wstool: TLS with {target} failed: {problem}\n"
    assert outcome == Outcome(4, b"", text)


def test_old_openssl(folder):
    """A server that speaks TLS 1.1 only needs to be asked for in that version."""
    cipher = ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    with openssl(*cipher) as url:
        refused = run("listen", url, *CACERT)
        heard = run("listen", url, *CACERT, "--tlsv1.1", "-v")
    assert refused.status == 4
    assert refused.stderr.endswith(
        "no version in common, we speak TLS 1.2 to 1.3 (try --tlsv1.0)\n"
    )
    # It isn't a WebSocket server, but TLS came about.
    assert heard.status == 5
    assert "* TLS 1.1 with " in heard.stderr
