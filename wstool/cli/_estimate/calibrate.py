"""Running a calibration: the one part of an estimate that needs an event loop."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from typing import Any

import click

from wstool.cli._estimate.generator import BenchGenerator
from wstool.cli._loop import Stop, run
from wstool.cli._output import Note
from wstool.connection.limits import raise_descriptor_limit
from wstool.services.estimate import Load
from wstool.services.estimate.attribution import Calibrated
from wstool.services.estimate.calibrate import Calibration, calibrate
from wstool.services.estimate.split import MAX_SIZE, Messages, resize
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
# Enough of a sample, and of made-up messages, to go round.
_MOST_MESSAGES = 1000


def measure_constants(
    load: Load,
    constants: dict[str, float],
    messages: Messages,
    *,
    seconds: float,
    note: Note,
) -> Calibrated:
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
    calibration = _plan(load, constants, messages, seconds)
    calibrated: list[Calibrated] = []

    async def measure(stop: Stop) -> None:
        task = asyncio.ensure_future(calibrate(calibration, BenchGenerator(), note))
        waited: list[asyncio.Future[Any]] = [task, stop.requested]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if stop.requested.done():
            # Servers are ended on the way out.
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise stop.requested.result()
        calibrated.append(task.result())

    raise_descriptor_limit()
    run(measure)
    return calibrated[0]


def _plan(
    load: Load, constants: dict[str, float], messages: Messages, seconds: float
) -> Calibration:
    """Say what is to be measured for a load."""
    if load.size > MAX_SIZE and not messages:
        problem = f"--calibrate takes no --size over {MAX_SIZE >> 20} MiB."
        raise click.UsageError(problem)
    if messages:
        messages = messages[:_MOST_MESSAGES]
        remake = partial(resize, messages)
        # A sample that is repeated would compress far too well.
        most = MAX_SIZE if load.deflate == "none" else _count_bytes(messages)
    else:
        remake = partial(_make_messages, ratio=constants["deflate_ratio"])
        messages, most = remake(load.size), MAX_SIZE
    largest = max(len(payload) for _, payload in messages)
    # An echo is a message each way.
    rate = load.connections * (load.rate_up + load.rate_down) / 2 * load.peak
    return Calibration(
        command=(sys.executable, "-m", "wstool", "serve"),
        messages=messages,
        remake=remake,
        most_size=most,
        senders=min(load.connections, _MOST_SENDERS),
        rate=min(max(rate, _LEAST_RATE), _MOST_RATE),
        fan_out=load.fan_out if load.rate_up else 0.0,
        connections=min(_HELD, max(_LEAST_HELD, _MOST_HELD_BYTES // max(largest, 1))),
        compression=load.deflate != "none",
        compress_min=int(constants["compress_min"]),
        tls=load.tls,
        seconds=seconds,
    )


def _count_bytes(messages: Messages) -> int:
    return sum(len(payload) for _, payload in messages)


def _make_messages(size: int, *, ratio: float) -> Messages:
    """Make a message up that compresses to about the ratio that is assumed."""
    random = os.urandom(round(size * min(ratio, 1)))
    return [(Opcode.BINARY, random.ljust(size, b"\0"))]
