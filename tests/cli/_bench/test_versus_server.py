"""A server that speaks both."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

from support.command import run


SCRIPT = """
import sys
from wstool.cli._bench.versus_server import start_versus_server
from wstool.wire.opcode import Opcode
server = start_versus_server(Opcode.TEXT)
print(server.describe(), flush=True)
sys.stdin.readline()
server.child.send(("usage",))
name, seconds = server.child.pipe.recv()
print(name, seconds > 0, flush=True)
server.child.end()
print(server.child.process.exitcode)
"""


def fetch(url):
    """Ask for something by somebody else's HTTP."""
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.read()


def test_both():
    """A message that is published by WebSocket is there for those who poll."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        websocket, _, http = process.stdout.readline().split()
        sent = run("send", websocket, "hello", "again", "--linger", "0")
        assert sent.status == 0
        # It is held until both are there.
        assert fetch(f"{http}messages?since=1&wait=20") == b"again\n"
        assert fetch(f"{http}messages?since=0") == b"hello\nagain\n"
        rest, _ = process.communicate("\n", timeout=20)

    assert rest == "usage True\n0\n"
