"""`bench` against servers by others: each kind ends by itself, with true numbers."""

from __future__ import annotations

import json

import pytest

from support.command import run
from support.servers import PAUSE, SERVERS, serve_with


PLAIN = ["websockets", "websocat"]
FOREIGN = ["aiohttp", "uvicorn", "ws", "bun"]


@pytest.fixture(
    name="server",
    scope="module",
    params=[*PLAIN, *(pytest.param(name, marks=pytest.mark.peers) for name in FOREIGN)],
)
def run_server(request):
    """Run a server; give its name and URL."""
    assert request.param in SERVERS
    with serve_with(request.param) as url:
        yield request.param, url


@pytest.fixture(name="bench")
def make_bench(server, tmp_path):
    """Give what measures the server, without an error, and gives the report."""

    def bench(*arguments):
        path = tmp_path / "report.json"
        outcome = run("bench", server[1], "-q", "--report", str(path), *arguments)
        assert (outcome.status, outcome.stderr) == (0, "")
        document = json.loads(path.read_text())
        assert document["errors"] == []
        assert document["connections"]["fell"] == 0
        return document

    return bench


@pytest.mark.parametrize(
    "load",
    [("-n", "200"), ("-n", "100", "--rate", "1000"), ("-n", "60", "--size", "2k-90k")],
    ids=["closed", "open", "sizes"],
)
def test_echo(server, bench, load):
    """Each message is answered, and takes at least the time that its handler takes."""
    document = bench("-c", "10", *load)

    messages = document["messages"]
    assert messages["received"] == messages["sent"] == int(load[1])
    assert messages["bytes_received"] == messages["bytes_sent"]
    assert document["latency"]["count"] == int(load[1])
    if server[0] != "websocat":
        # The timers of node may be early by a part of a millisecond.
        assert document["latency"]["min_ms"] > PAUSE * 1000 * 0.75


def test_send(bench):
    """What is sent has been read when the peer answers the close frame."""
    document = bench("--kind", "send", "-n", "300", "-c", "3")

    assert document["messages"]["sent"] == 300
    assert document["latency"] is None


def test_connect(bench):
    """Handshakes follow one another to their end."""
    document = bench("--kind", "connect", "-n", "20", "-c", "4")

    messages = document["messages"]
    assert (messages["sent"], messages["received"]) == (20, 20)
    assert document["connections"]["opened"] == 20


def test_idle(bench):
    """Connections are held, and closed in good order."""
    document = bench("--kind", "idle", "-d", "0.2", "-c", "20")

    assert document["connections"]["opened"] == 20
    assert document["seconds"] > 0.19
