"""Children: what they send, and how they end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from wstool import errors
from wstool.cli._bench.crew import rebuild_error


@pytest.mark.parametrize(
    "error",
    [
        errors.ConnectFailed("h:1", "refused", doing="listen on", detail="x"),
        errors.TimedOut("waiting", 3, "--x"),
        errors.Stopped(2, "SIGINT"),
        errors.InputInvalid("stdin", "bad", line=3, offset=4),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors(error):
    """An error arrives as it was."""
    rebuilt = rebuild_error(type(error), error.args, vars(error))

    assert (type(rebuilt), str(rebuilt)) == (type(error), str(error))
    assert rebuilt.detail == error.detail


SCRIPT = """
import os
from wstool.cli._bench.crew import start_child
from wstool.errors import ConnectFailed

async def ready(link, stop):
    link.send(("pid", os.getpid()))
    link.send(("began", await link.wait_to_begin()))
    await link.wait_for_end()

async def fail(link, stop):
    raise ConnectFailed("h", "no")

first = start_child(ready, [])
second = start_child(fail, [first])
print(first.pipe.recv()[0], second.pipe.recv()[1].__name__)
first.send(("begin", 5))
print(first.pipe.recv(), first.pipe.recv())
first.end()
second.end()
print(first.process.exitcode, second.process.exitcode)
async def stay(link, stop):
    link.send(("pid", os.getpid()))
    await link.wait_for_end()

third = start_child(stay, [])
print(third.pipe.recv()[0], flush=True)
os.kill(os.getpid(), 9)
"""


def test_life():
    """
    A child waits to begin, tells what went wrong, and ends with its parent.

    The outputs come to their end only when the last child is gone, which has them too.
    """
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30
    )

    lines = process.stdout.splitlines()
    assert lines == ["pid ConnectFailed", "('ready',) ('began', 5)", "0 0", "pid"]
    assert process.returncode == -signal.SIGKILL
