"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio

from wstool.connection.waiting import first_of


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
