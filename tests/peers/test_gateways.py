"""`wstool serve` behind nginx and HAProxy, and what a client sees of them."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import trustme

from support.command import Outcome, run, serving, start
from support.daemons import find_free_port, run_daemon, write


pytestmark = pytest.mark.peers

NGINX = """\
daemon off;
pid {folder}/pid;
error_log /dev/null;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} {tls};
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        server_tokens off;
        location / {{
            proxy_pass http://127.0.0.1:{backend};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 2s;
            proxy_send_timeout 2s;
        }}
    }}
}}
"""
HAPROXY = """\
global
    log /dev/null local0
defaults
    mode http
    timeout connect 2s
    timeout client 2s
    timeout server 2s
    timeout tunnel 2s
frontend gateway
    bind 127.0.0.1:{port} {tls}
    default_backend servers
backend servers
    server only 127.0.0.1:{backend}
"""


@pytest.fixture(name="authority", scope="module")
def make_authority():
    """Make a certification authority."""
    return trustme.CA()


@pytest.fixture(name="cacert", scope="module")
def write_cacert(authority, tmp_path_factory):
    """Write the authority's certificate to a file."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(name="certificate", scope="module")
def write_certificate(authority, tmp_path_factory):
    """Write a certificate and its key to a file."""
    path = tmp_path_factory.mktemp("tls") / "gateway.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    return str(path)


@contextmanager
def run_gateway(name, backend, folder, certificate, *, secure=False):
    """Run a gateway before a server; give its URL."""
    port = find_free_port()
    values = {
        "folder": folder,
        "port": port,
        "backend": backend,
        "certificate": certificate,
    }
    if name == "nginx":
        text = NGINX.format(tls="ssl" if secure else "", **values)
        command = ["nginx", "-p", str(folder), "-e", "/dev/null", "-c"]
    else:
        text = HAPROXY.format(tls=f"ssl crt {certificate}" if secure else "", **values)
        command = ["haproxy", "-db", "-q", "-f"]
    with run_daemon(*command, write(folder / f"{name}.conf", text), port=port):
        yield f"{'wss' if secure else 'ws'}://127.0.0.1:{port}"


@pytest.fixture(name="gateway", params=["nginx", "haproxy"])
def make_gateway(request, tmp_path, certificate):
    """Give what runs a gateway before a server on a port."""

    def gateway(backend, **options):
        return run_gateway(request.param, backend, tmp_path, certificate, **options)

    return gateway


@pytest.fixture(name="server", scope="module")
def serve():
    """Run a server; give its port."""
    with serving() as (url, _):
        yield url.rpartition(":")[2].rstrip("/")


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_messages(gateway, server, cacert, secure):
    """A connection goes through the gateway, where TLS may end."""
    lines = b"".join(b"%d\n" % number for number in range(1000))
    with gateway(server, secure=secure) as url:
        outcome = run("send", url, "-n", "1000", "--cacert", cacert, stdin=lines)
    assert outcome == Outcome(0, lines, "")


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_large_messages(gateway, server, cacert, secure):
    """Large messages come back whole, compressed or not."""
    line = b"x" * 3_000_000 + b"\n"
    with gateway(server, secure=secure) as url:
        for option in ((), ("--no-compression",)):
            outcome = run(
                *("send", url, "-n", "3", "--cacert", cacert, *option), stdin=line * 3
            )
            assert outcome == Outcome(0, line * 3, "")


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_idle_connection_is_cut(gateway, server, cacert, secure):
    """A gateway that cuts an idle connection ends it without a close frame."""
    with gateway(server, secure=secure) as url:
        outcome = run("listen", url, "--ping-interval", "0", "--cacert", cacert)
    assert outcome == Outcome(
        8,
        b"",
        "wstool: connection lost without a close frame (1006): "
        "the peer ended the stream\n",
    )


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_pings_keep_it_open(gateway, server, cacert, secure):
    """Pings more often than the gateway's limit keep the connection open."""
    with gateway(server, secure=secure) as url:
        outcome = run(
            *("listen", url, "--ping-interval", "1", "--cacert", cacert),
            *("-d", "hello", "-m", "5"),
        )
    assert outcome == Outcome(
        124, b"hello\n", "wstool: timed out as a whole (--max-time 5 s)\n"
    )


def test_close(gateway, server):
    """A close code comes through to the server, and back."""
    with gateway(server) as url:
        outcome = run("send", url, "--close-code", "4001", "--linger", "0", "x")
    assert outcome == Outcome(0, b"x\n", "")


def test_server_is_killed(gateway):
    """A server that dies behind the gateway ends the connection at once."""
    with serving() as (url, process):
        backend = url.rpartition(":")[2].rstrip("/")
        with gateway(backend) as url, start("listen", url, "-d", "x") as client:
            client.wait_for_stdout(b"x\n")
            process.process.kill()
            outcome = client.wait()
    assert outcome == Outcome(
        8,
        b"x\n",
        "wstool: connection lost without a close frame (1006): "
        "the peer ended the stream\n",
    )


NGINX_502 = """\
wstool: the server refused the handshake: HTTP 502 Bad Gateway
  <html>
  <head><title>502 Bad Gateway</title></head>
  <body>
  <center><h1>502 Bad Gateway</h1></center>
  <hr><center>nginx</center>
  </body>
  </html>
"""
HAPROXY_503 = """\
wstool: the server refused the handshake: HTTP 503 Service Unavailable
  <html><body><h1>503 Service Unavailable</h1>
  No server is available to handle this request.
  </body></html>
"""


@pytest.mark.parametrize(
    ("name", "stderr"), [("nginx", NGINX_502), ("haproxy", HAPROXY_503)]
)
def test_no_server_behind(tmp_path, certificate, name, stderr):
    """A gateway without a server behind it refuses, with its page."""
    with run_gateway(name, find_free_port(), tmp_path, certificate) as url:
        assert run("listen", url) == Outcome(5, b"", stderr)
