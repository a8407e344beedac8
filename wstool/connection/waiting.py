"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from wstool.errors import WstoolError


__all__ = ["first_of", "run_unless"]


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
