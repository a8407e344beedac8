"""Captures that `inspect` writes of connections, dissected by tshark."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest

from support.capturing import LIMIT, compare, find_port
from support.command import run, serving, start


pytestmark = pytest.mark.peers

FIELDS = ("ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport")
SERVERS = [
    pytest.param("127.0.0.1", (), id="IPv4"),
    pytest.param("::1", (), id="IPv6"),
    pytest.param("127.0.0.1", ("--tls",), id="TLS"),
    pytest.param("::1", ("--tls",), id="IPv6-TLS"),
]


@pytest.fixture(name="authority")
def _authority(tmp_path, monkeypatch):
    """Let `serve --tls` make its authority here; give what makes clients trust it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "wstool" / "ca.pem"


def find_ends(path):
    """Find the ends of each frame's packet, as tshark names them."""
    fields = [option for field in FIELDS for option in ("-e", field)]
    command = ["tshark", "-r", str(path), "-Y", "websocket", "-T", "fields", *fields]
    done = subprocess.run(
        command, capture_output=True, check=True, timeout=LIMIT, text=True
    )
    ends = set()
    for line in done.stdout.splitlines():
        source, source6, port, target, target6, other = line.split("\t")
        ends.add(frozenset({(source or source6, port), (target or target6, other)}))
    return ends


@pytest.mark.parametrize(("host", "tls"), SERVERS)
def test_own_connection(host, tls, authority, tmp_path):
    """What is said to a server is a conversation of WebSocket, whatever carries it."""
    path = tmp_path / "a.pcapng"
    with serving("-q", "--host", host, *tls) as (url, _):
        trust = ("--cacert", authority) if tls else ()
        outcome = run("inspect", url, *trust, "-d", "hello", "--write", path)
        assert outcome.status == 0, outcome
        port = str(find_port(url.replace("[::1]", "localhost")))

    lines = compare(path)
    assert [line["type"] for line in lines] == ["text", "text", "close", "close"]
    (ends,) = find_ends(path)
    assert (host, port) in ends
    assert {name for name, _ in ends} == {host}


@pytest.mark.parametrize(("host", "tls"), SERVERS)
def test_proxy(host, tls, authority, tmp_path):
    """What passes is a conversation of WebSocket between the client and the server."""
    path = tmp_path / "a.pcapng"
    with serving("-q", "--host", host, *tls) as (url, _):
        trust = ("--cacert", authority) if tls else ()
        listening = ("inspect", "--listen", "[::1]:0", "--write", path)
        with start(*listening, url, *trust) as proxy:
            proxy.wait_for_stderr(b"connected to their server\n")
            near = re.search(rb"clients of (\S+)", proxy.stderr)[1].decode()
            assert run("send", "-n", "1", near, "hello").stdout == b"hello\n"
            proxy.wait_for_stdout(b"the connection has ended\n")
            proxy.send_signal(signal.SIGINT)
            assert proxy.wait().status == 0
            client = re.search(rb"\[::1\]:(\d+) > ", proxy.stdout)[1].decode()
        server = "::1" if host == "::1" else f"::ffff:{host}"
        port = str(find_port(url.replace("[::1]", "localhost")))

    lines = compare(path)
    assert [line["type"] for line in lines] == ["text", "text", "close", "close"]
    assert find_ends(path) == {frozenset({("::1", client), (server, port)})}
