"""The server of a bench without a URL."""

from __future__ import annotations

import subprocess
import sys

from support.command import run


SCRIPT = """
import sys
from wstool.cli._bench.server import start_server
from wstool.services.bench import Kind, Supply
from wstool.wire.opcode import Opcode
server, url = start_server(Kind(sys.argv[1]), Supply(Opcode.TEXT, [b"tick"]))
print(url, flush=True)
sys.stdin.read()
server.end()
print(server.process.exitcode)
"""


def serve(kind):
    """Start the server of a kind."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_echo():
    """It runs beside its parent, and ends with it."""
    with serve("echo") as process:
        url = process.stdout.readline().strip()
        assert run("send", url, "-n", "1", "x").stdout == b"x\n"
        rest, _ = process.communicate("", timeout=20)

    assert rest == "0\n"
    assert run("send", url, "x").status == 3


def test_receive():
    """For what is received there is one that sends."""
    with serve("receive") as process:
        url = process.stdout.readline().strip()
        assert run("listen", url, "-n", "2").stdout == b"tick\ntick\n"
        process.communicate("", timeout=20)
