"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio
import threading

import pytest

from wstool.connection.waiting import first_of, run_in_thread, run_unless
from wstool.errors import Stopped


def test_first_of_several():
    """One future that is done is enough, and the others are left as they are."""

    async def run():
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        loop.call_soon(second.set_result, "second")
        await asyncio.wait_for(first_of(first, second), 5)
        return first.done(), second.result()

    assert asyncio.run(run()) == (False, "second")


def test_failure_counts_too():
    """A future that failed is done; its exception stays with it."""

    async def run():
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(OSError("gone"))
        await first_of(failed)
        return str(failed.exception())

    assert asyncio.run(run()) == "gone"


def test_run_unless():
    """Work that ends gives its result."""

    async def scene():
        return await run_unless(asyncio.sleep(0, "done"), asyncio.Future())

    assert asyncio.run(scene()) == "done"


def test_run_unless_interrupted():
    """An interruption is raised, and the work is cancelled."""

    async def scene():
        work, interrupted = asyncio.Future(), asyncio.Future()
        interrupted.set_result(Stopped(2, "SIGINT"))
        with pytest.raises(Stopped):
            await run_unless(work, interrupted)
        return work.cancelled()

    assert asyncio.run(scene())


def test_run_in_thread():
    """What may block runs beside the loop; its result and its errors come back."""

    def fail():
        raise OSError("gone")

    async def run():
        started = await run_in_thread(threading.get_ident)
        with pytest.raises(OSError, match="gone"):
            await run_in_thread(fail)
        return started

    assert asyncio.run(run()) != threading.get_ident()


def test_thread_that_nobody_waits_for():
    """Work that comes too late, or after the loop, disturbs nobody."""
    go_on = threading.Event()
    threads = set(threading.enumerate())

    async def run():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await run_in_thread(go_on.wait)

    asyncio.run(run())
    (left,) = set(threading.enumerate()) - threads
    go_on.set()
    left.join(5)
    assert left.daemon
    assert not left.is_alive()
