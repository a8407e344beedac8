"""What a server shows to browsers and monitors."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection
from signal import SIGTERM

from support.command import run, serving
from support.raw_client import connect, mask_ports, open_client


def get(url, path="/", *, method="GET", **headers):
    """Get what is at a path; give status, headers and body."""
    host, port = url.removeprefix("ws://").rstrip("/").rsplit(":", 1)
    connection = HTTPConnection(host, int(port), timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, dict(response.getheaders()), body


def test_health_and_metrics():
    """Monitors see the connections; their visits stay out of the log."""
    with serving("broadcast") as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        status, _, body = get(url, "/healthz")
        _, headers, metrics = get(url, "/metrics")
        sock.close()
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr).splitlines()
    health = json.loads(body)
    assert health.pop("uptime") >= 0
    assert (status, health) == (
        200,
        {"status": "ok", "mode": "broadcast", "connections": 1},
    )
    assert headers["Content-Type"].startswith("text/plain")
    assert b"\nwstool_connections 1.0\n" in metrics
    assert [line.split(":")[1] for line in log if "served" in line] == []


def test_page():
    """A browser gets a page with a strict policy, and the log a line."""
    with serving() as (url, running):
        status, headers, body = get(url)
        running.wait_for_stderr(b"served")
        log = mask_ports(running.stderr.decode())
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert b"<title>wstool serve</title>" in body
    assert log == "wstool: CLIENT served: GET / HTTP/1.1 200\n"


def test_head(tmp_path):
    """HEAD is answered as GET is, but for the body."""
    (tmp_path / "file.txt").write_text("text")
    with serving("--static", str(tmp_path), "--token", "secret") as (url, running):
        for path in ("/", "/healthz", "/metrics", "/nothing", "/file.txt"):
            for token in ("secret", "wrong"):
                bearer = f"Bearer {token}"
                asked = get(url, path, Authorization=bearer)
                heads = get(url, path, method="HEAD", Authorization=bearer)
                for _, headers, _ in (asked, heads):
                    # It tells the time that the server is up.
                    headers.pop("Content-Length" if path == "/healthz" else "", None)
                assert heads == (*asked[:2], b"")
        running.wait_for_stderr(b"HEAD /file.txt HTTP/1.1 200\n")


def test_address_that_is_not_allowed():
    """Who may not connect from where it is gets no page either."""
    with serving("-q", "--allow-ip", "10.0.0.0/8") as (url, _):
        assert [get(url, path)[0] for path in ("/", "/healthz")] == [403, 403]


def test_metrics_need_the_token():
    """Metrics are for those who would get a connection."""
    with serving("-q", "--token", "secret") as (url, _):
        assert get(url, "/metrics")[0] == 401
        assert get(url, "/metrics", Authorization="Bearer secret")[0] == 200


def test_large_file(tmp_path):
    """A file goes out whole and a piece at a time, also to a client that is slow."""
    content = os.urandom(1 << 20) * 30
    (tmp_path / "large.bin").write_bytes(content)
    with serving("-q", "--static", str(tmp_path)) as (url, running):
        before = running.peak_memory()
        slow = connect(url)
        slow.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, body = get(url, "/large.bin")
        grown = running.peak_memory() - before
        received = b""
        while piece := slow.recv(1 << 20):
            received += piece
        slow.close()
    assert (status, headers["Content-Length"]) == (200, str(len(content)))
    assert body == content
    assert received.partition(b"\r\n\r\n")[2] == content
    assert grown < 10 << 20


def test_client_that_leaves(tmp_path):
    """A client that leaves in the middle of a file keeps nothing open."""
    (tmp_path / "large.bin").write_bytes(bytes(30 << 20))
    with serving("-q", "--static", str(tmp_path)) as (url, running):
        descriptors = f"/proc/{running.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for _ in range(5):
            sock = connect(url)
            sock.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.recv(100)
            sock.close()
        while len(os.listdir(descriptors)) > before:
            get(url, "/healthz")


def test_folder_that_is_none():
    """A folder that can't be served is named: status 11."""
    outcome = run("serve", "--port", "0", "--static", "/missing")

    assert (outcome.status, outcome.stdout) == (11, b"")
    assert outcome.stderr == (
        "wstool: /missing: can't be served: no such file or directory\n"
    )
