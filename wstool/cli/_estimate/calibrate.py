"""Running a calibration: the one part of an estimate that needs an event loop."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import click

from wstool.cli._loop import Stop, run
from wstool.cli._output import Note
from wstool.connection.limits import raise_descriptor_limit
from wstool.services.estimate import Load
from wstool.services.estimate.calibrate import Calibration, Measured, calibrate
from wstool.services.estimate.drive import drive
from wstool.wire.opcode import Opcode


__all__ = ["measure_constants"]

_MOST_SENDERS = 500
# Fewer would drown in what else a process's memory does.
_HELD = 2000
# Each of them has a message echoed, which takes its time.
_LEAST_HELD = 64
_MOST_HELD_BYTES = 1 << 30
# What a load of our own can make; a server that gets more needs less for each.
_MOST_RATE = 20_000.0
_LEAST_RATE = 100.0
_MAX_SIZE = 16 << 20
_MOST_BYTES = 64 << 20
# Enough of a sample, and of made-up messages, to go round.
_MOST_MESSAGES = 1000


def measure_constants(
    load: Load,
    constants: dict[str, float],
    messages: list[tuple[Opcode, bytes]],
    *,
    seconds: float,
    note: Note,
) -> dict[str, Measured]:
    """
    Measure what a server takes here for messages of a load, and its connections.

    Args:
        messages: A sample; made up if there is none.
        seconds: How long each of the measurements takes.
        note: Is told what goes on.

    Raises:
        ClickException: If the messages are too large for that.
        WstoolError: If it can't be measured, or is stopped.
    """
    if load.size > _MAX_SIZE and not messages:
        problem = f"--calibrate takes no --size over {_MAX_SIZE >> 20} MiB."
        raise click.UsageError(problem)
    messages = messages or [_make_message(load, constants["deflate_ratio"])]
    largest = max(len(payload) for _, payload in messages)
    # An echo is a message each way.
    rate = load.connections * (load.rate_up + load.rate_down) / 2 * load.peak
    calibration = Calibration(
        command=(sys.executable, "-m", "wstool", "serve"),
        messages=messages[:_MOST_MESSAGES],
        senders=min(load.connections, _MOST_SENDERS, _count_fitting(largest)),
        rate=min(max(rate, _LEAST_RATE), _MOST_RATE),
        fan_out=min(load.fan_out, _count_fitting(largest)) if load.rate_up else 0.0,
        connections=min(_HELD, max(_LEAST_HELD, _MOST_HELD_BYTES // max(largest, 1))),
        compression=load.deflate != "none",
        compress_min=int(constants["compress_min"]),
        tls=load.tls,
        seconds=seconds,
    )
    measured: dict[str, Measured] = {}

    async def measure(stop: Stop) -> None:
        task = asyncio.ensure_future(calibrate(calibration, drive, note))
        waited: list[asyncio.Future[Any]] = [task, stop.requested]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if stop.requested.done():
            # Servers are ended on the way out.
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise stop.requested.result()
        measured.update(task.result())

    raise_descriptor_limit()
    run(measure)
    return measured


def _count_fitting(size: int) -> int:
    """Count the connections each of which can have a message on its way."""
    return max(1, _MOST_BYTES // max(size, 1))


def _make_message(load: Load, ratio: float) -> tuple[Opcode, bytes]:
    """Make a message up that compresses to about the ratio that is assumed."""
    random = os.urandom(round(load.size * min(ratio, 1)))
    return Opcode.BINARY, random.ljust(load.size, b"\0")
