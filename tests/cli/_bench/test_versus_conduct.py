"""The processes of a comparison, and what becomes of it without one."""

from __future__ import annotations

import os
import signal

import pytest

from support.command import start
from support.processes import await_children, is_gone_soon


LOAD = ("-c", "2", "-d", "600", "--rate", "50", "-v")


@pytest.mark.parametrize(
    ("index", "who"), [(0, "the server"), (1, "the clients"), (2, "the publisher")]
)
def test_process_ends(index, who):
    """A process that ends in the middle ends the comparison, and is named."""
    with start("bench", "--versus", "polling", *LOAD) as running:
        running.wait_for_stderr(b"* agreed")
        children = await_children(running.process.pid, 3)
        os.kill(children[index], signal.SIGKILL)
        outcome = running.wait()

    assert outcome.status == 8
    assert outcome.stderr.endswith(
        "wstool: connection lost without a close frame (1006): "
        f"the process of {who} ended with status -9\n"
    )
    assert all(map(is_gone_soon, children))


def test_server_ends_later():
    """What was measured until then is shown, and what went wrong."""
    with start("bench", "--versus", "polling", "-n", "10", *LOAD) as running:
        # The first carrier is done when the first poll is shown.
        running.wait_for_stderr(b"> GET /messages?since=0")
        os.kill(await_children(running.process.pid, 3)[0], signal.SIGKILL)
        outcome = running.wait()

    assert outcome.status == 8
    assert b"delivered                          20" in outcome.stdout


def test_killed():
    """When it is killed, nothing of it stays."""
    with start("bench", "--versus", "polling", *LOAD) as running:
        running.wait_for_stderr(b"* agreed")
        children = await_children(running.process.pid, 3)
        running.process.kill()

        assert all(map(is_gone_soon, children))
