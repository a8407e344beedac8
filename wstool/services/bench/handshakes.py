"""Opening handshakes, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wstool.connection.handler import Ending, Handler, QuietHandler
from wstool.connection.transport import Connection
from wstool.errors import ConnectionLost, WstoolError
from wstool.services.bench.driver import Driver
from wstool.services.bench.meter import Meter


__all__ = ["Dial", "connect_over_and_over", "open_connections", "open_each"]

Dial = Callable[[Handler], Awaitable[Connection]]
Opened = TypeVar("Opened")

# A pause below this isn't worth a turn of the loop.
_LEAST_PAUSE = 0.0005


async def open_connections(driver: Driver, dial: Dial, count: int) -> list[WstoolError]:
    """
    Open connections, a few at a time.

    Returns:
        What went wrong with those that could not be opened.
    """

    def add(connection: Connection) -> None:
        if not connection.is_open:
            driver.meter.fail_with(ConnectionLost("right behind the opening handshake"))
            return
        driver.add(connection)
        for batch in driver.load.greeting:
            connection.send(batch.opcode, batch.payloads)

    return await open_each(
        lambda: dial(driver),
        count,
        opened=add,
        at_once=driver.load.dialing,
        meter=driver.meter,
        clock=driver.clock,
    )


async def open_each(
    open_one: Callable[[], Awaitable[Opened]],
    count: int,
    *,
    opened: Callable[[Opened], None],
    at_once: int,
    meter: Meter,
    clock: Callable[[], int],
) -> list[WstoolError]:
    """
    Open a number of whatever are connections, a few at a time.

    Args:
        open_one: Opens the next one.
        opened: Takes it.
        at_once: How many may be in their opening handshake.
        meter: Counts and measures them, and counts what went wrong.

    Returns:
        What went wrong with those that could not be opened.
    """
    errors: list[WstoolError] = []
    numbers = iter(range(count))

    async def open_some() -> None:
        for _ in numbers:
            began = clock()
            try:
                connection = await open_one()
            except WstoolError as error:
                errors.append(error)
                meter.fail_with(error)
                continue
            meter.opening.record(clock() - began)
            meter.opened += 1
            opened(connection)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, count)):
            group.create_task(open_some())
    return errors


async def connect_over_and_over(driver: Driver, dial: Dial) -> WstoolError | None:
    """
    Open and close connections until the driver stops, so many at a time.

    With a rate, a handshake counts from the time when it should have begun.

    Returns:
        What the first attempt met with, if no handshake came about at all.
    """
    load = driver.load
    limit = load.limit
    period = 0.0 if load.rate is None else 1e9 / load.rate
    number = 0
    first: WstoolError | None = None
    is_hopeless = True

    async def open_and_close() -> None:
        nonlocal number, first, is_hopeless
        while not driver.is_stopping and (limit is None or number < limit):
            intended = driver.start + int(number * period)
            number += 1
            if period:
                pause = (intended - driver.clock()) / 1e9
                if pause > _LEAST_PAUSE:
                    await asyncio.sleep(pause)
                if driver.is_stopping:
                    return
            began = intended if period else driver.clock()
            error = await _open_and_close(driver, dial, began)
            first = first or error
            is_hopeless = is_hopeless and error is not None

    async with asyncio.TaskGroup() as group:
        for _ in range(load.connections):
            group.create_task(open_and_close())
    driver.finish()
    return first if is_hopeless else None


async def _open_and_close(driver: Driver, dial: Dial, began: int) -> WstoolError | None:
    """Open and close a connection; give the error if it can't be opened."""
    meter = driver.meter
    ender = _Ender()
    meter.sent += 1
    try:
        connection = await dial(ender)
    except WstoolError as error:
        meter.fail_with(error)
        return error
    meter.latency.record(driver.clock() - began)
    meter.opened += 1
    meter.received += 1
    connection.close(driver.load.close)
    ending = await ender.ended
    problem = ending.find_error(driver.load.ok_close)
    if problem is not None:
        meter.fail_with(problem)
    return None


class _Ender(QuietHandler):
    """Wait for the end of a connection."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end."""
        if not self.ended.done():
            self.ended.set_result(ending)
