"""The PROXY header as HAProxy writes it, with and without TLS behind it."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

import pytest

from support.command import start
from support.raw_client import REQUEST


pytestmark = pytest.mark.peers

CONFIGURATION = """
defaults
    mode tcp
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend clients
    bind 127.0.0.1:{front}
    default_backend servers
backend servers
    server one 127.0.0.1:{back} {version}
"""


@contextmanager
def forwarding(folder, port, version):
    """Run HAProxy before a port; give the port that it listens on."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        raise RuntimeError("haproxy isn't on the path: install Debian's package")
    with socket.create_server(("127.0.0.1", 0)) as free:
        front = free.getsockname()[1]
    path = folder / "haproxy.cfg"
    path.write_text(CONFIGURATION.format(front=front, back=port, version=version))
    process = subprocess.Popen([program, "-db", "-f", str(path)])
    try:
        yield front
    finally:
        process.kill()
        process.wait()


def connect_patiently(port):
    """Connect as soon as somebody listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_address_of_the_client(tmp_path, version, tls):
    """The log has the client's own address and port, not HAProxy's."""
    options = ["--tls"] if tls else []
    with start(
        *("serve", "--port", "0", "--proxy-protocol", *options),
        environment={"XDG_DATA_HOME": str(tmp_path)},
    ) as running:
        running.wait_for_stdout(b"\n")
        port = int(running.stdout.decode().rstrip("/\n").rsplit(":", 1)[1])
        with forwarding(tmp_path, port, version) as front:
            sock = connect_patiently(front)
            host, own_port = sock.getsockname()
            if tls:
                ca = str(tmp_path / "wstool" / "ca.pem")
                context = ssl.create_default_context(cafile=ca)
                sock = context.wrap_socket(sock, server_hostname="localhost")
            with sock:
                sock.sendall(REQUEST)
                answer = sock.recv(1000)
                running.wait_for_stderr(b"opened")
        log = running.stderr.decode()
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert f"wstool: {host}:{own_port} opened: /chat\n" in log
