"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from wstool.errors import WstoolError


__all__ = ["first_of", "run_in_thread", "run_unless"]


_Result = TypeVar("_Result")


async def first_of(*futures: asyncio.Future[Any]) -> None:
    """Wait until one of several futures is done; none of them is cancelled."""
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


async def run_unless(
    work: Awaitable[_Result],
    interrupted: asyncio.Future[WstoolError] | asyncio.Future[WstoolError | None],
) -> _Result:
    """
    Wait for work, but only until something interrupts it.

    Raises:
        WstoolError: What the work raises, or the reason for the interruption.
    """
    working = asyncio.ensure_future(work)
    try:
        await first_of(working, interrupted)
        if not working.done():
            raise interrupted.result() or AssertionError("interrupted for no reason")
        return working.result()
    finally:
        working.cancel()


async def run_in_thread(work: Callable[[], _Result]) -> _Result:
    """
    Run what may block in a daemon thread of its own.

    It may hang for much longer than any limit of ours, and the exit must not wait for
    it; a pool's threads would be waited for.

    Raises:
        Exception: What the work raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Result] = loop.create_future()
    threading.Thread(target=_work, args=(work, loop, done), daemon=True).start()
    return await done


def _work(
    work: Callable[[], _Result],
    loop: asyncio.AbstractEventLoop,
    done: asyncio.Future[_Result],
) -> None:
    try:
        settle = partial(_settle, done, work(), None)
    except Exception as error:
        settle = partial(_settle, done, None, error)
    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        # The loop is closed: nobody waits any more.
        return


def _settle(done: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if done.done():
        return
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(result)
