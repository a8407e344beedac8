"""Fixtures that run coroutines: what runs on sockets runs on both event loops."""

from __future__ import annotations

import asyncio
import logging
import os
import threading

import pytest
import uvloop

from support.clock import ClockLoop


__all__ = ["check_descriptors", "make_run", "make_run_with_clock", "warm_up"]

LOOPS = [
    pytest.param(asyncio.new_event_loop, id="asyncio"),
    pytest.param(uvloop.new_event_loop, id="uvloop"),
]
LIMIT = 20
"""Seconds that anything may take before it counts as hanging."""


@pytest.fixture(scope="session", autouse=True)
def warm_up():
    """Let the loops open what they keep open for the whole process."""
    for parameters in LOOPS:
        with asyncio.Runner(loop_factory=parameters.values[0]) as runner:
            runner.run(asyncio.sleep(0))


@pytest.fixture(name="run", params=LOOPS)
def make_run(request, caplog):
    """Run a coroutine on each loop; what the loop would only log fails the test."""
    yield from watch_runs(request.param, caplog, LIMIT)


@pytest.fixture(name="run_with_clock")
def make_run_with_clock(caplog):
    """Run a coroutine on a loop whose clock it can put forward."""
    # By that clock any time may pass; pytest has a limit of its own.
    yield from watch_runs(ClockLoop, caplog, None)


def watch_runs(loop_factory, caplog, limit):
    """Give a function that runs a coroutine, and check in the end what was logged."""
    caplog.set_level(logging.WARNING)
    problems = []

    def run(coroutine):
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            loop = runner.get_loop()
            loop.set_exception_handler(lambda _, context: problems.append(context))
            return runner.run(asyncio.wait_for(coroutine, limit))

    yield run
    assert problems == []
    assert caplog.record_tuples == []


@pytest.fixture(name="descriptors")
def check_descriptors():
    """Check that a test leaves no descriptor open."""
    before = set(os.listdir("/proc/self/fd"))
    threads = set(threading.enumerate())
    yield
    # Whoever gives up doesn't wait for a thread that reads a file.
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
    # What an earlier test left to the collector may be closed by now.
    assert set(os.listdir("/proc/self/fd")) <= before
