"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio
from typing import Any


__all__ = ["first_of"]


async def first_of(*futures: asyncio.Future[Any]) -> None:
    """Wait until one of several futures is done; none of them is cancelled."""
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
