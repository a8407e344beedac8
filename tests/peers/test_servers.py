"""`send` and `listen` against servers by others, whose handlers take their time."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.servers import SERVERS, serve_with


PLAIN = ["websockets", "websockets-sync", "websocat"]
FOREIGN = [name for name in SERVERS if name not in PLAIN]


@pytest.fixture(
    name="server",
    scope="module",
    params=[*PLAIN, *(pytest.param(name, marks=pytest.mark.peers) for name in FOREIGN)],
)
def run_server(request):
    """Run a server; give its name and URL."""
    with serve_with(request.param) as url:
        yield request.param, url


def test_lines(server):
    """Both lines come back, though nobody says how many are expected."""
    assert run("send", server[1], stdin=b"a\nb\n") == Outcome(0, b"a\nb\n", "")


def test_lines_expected(server):
    """The same with a number, and then without waiting any longer."""
    lines = b"".join(b"%d\n" % number for number in range(50))
    assert run("send", server[1], "-n", "50", stdin=lines) == Outcome(0, lines, "")


@pytest.mark.parametrize("options", [(), ("--no-compression",)])
def test_large_text(server, options):
    """Large messages come back whole, compressed where both sides want it."""
    data = ("é€😀" * 60_000).encode() + b"\n"
    outcome = run("send", server[1], "-n", "2", *options, stdin=data * 2)
    assert outcome == Outcome(0, data * 2, "")


def test_binary(server):
    """Binary messages come back as binary."""
    # websocat answers with text here, and takes an empty message for the end.
    data = b"61\n0a\n" if server[0] == "websocat" else b"00ff\n\n0a\n"
    count = str(data.count(b"\n"))
    outcome = run(
        *("send", server[1], "-n", count, "--binary", "--encoding", "hex"), stdin=data
    )
    assert outcome == Outcome(0, data, "")


def test_fragments(server):
    """Fragments are put together again."""
    outcome = run(
        *("send", server[1], "-n", "1", "--fragment-size", "3", "--no-compression"),
        "fragmented",
    )
    assert outcome == Outcome(0, b"fragmented\n", "")


def test_close(server):
    """A close code of ours is no error, whatever the server makes of it."""
    outcome = run("send", server[1], "-n", "1", "--close-code", "4000", "x")
    assert outcome == Outcome(0, b"x\n", "")
