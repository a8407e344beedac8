"""
Measuring what a server takes here for each message and each connection.

What it used is read from the system, so that the load's own costs don't count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from wstool.errors import TimedOut
from wstool.services.estimate.attribution import (
    Calibrated,
    EchoCost,
    FanOutCost,
    Measured,
    attribute_cpu,
)
from wstool.services.estimate.generator import Driven, Generator, Traffic
from wstool.services.estimate.process import Usage, read_usage
from wstool.services.estimate.serving import Served, serve
from wstool.services.estimate.split import Messages, Point, choose_size


__all__ = ["Calibration", "calibrate"]

_MAX_LISTENERS = 100
# The listeners are in one process with the sender, and late when the machine is busy.
_BROADCAST = ("broadcast", "--include-sender", "--queue-limit", "1G")
# What is loaded and grown once, for the first connections, isn't theirs.
_WARM_UP = 64
# Bytes that may be on their way to a server at the same time.
_MOST_BYTES = 64 << 20
# Share of what a server manages that leaves messages without a queue.
_SHARE = 0.5
# Connections that show what it manages: enough for there to be always a message.
_SATURATING = 16
# Copies a second that one process can take, besides all else.
_MOST_COPIES = 20_000.0
# So seldom that one connection's message doesn't meet another one's: a crowd would
# leave the server large buffers.
_MOST_GREETINGS = 2_000.0
_GREETING_SHARE = 0.25

# Bytes that text may lose when it's cut at a whole character.
_CUT = 3


class Calibration(NamedTuple):
    """What to measure."""

    command: tuple[str, ...]
    """Runs a server; modes and options are appended."""
    messages: Messages
    remake: Callable[[int], Messages]
    """Makes messages of a size that are like those, but for that."""
    most_size: int
    """The largest size that those can have."""
    senders: int
    """Connections that send, for the CPU."""
    rate: float
    """
    Messages a second of all of them.

    The more there are, the more a server finds at once, and the less each takes.
    """
    fan_out: float
    connections: int
    """How many to hold for the memory."""
    compression: bool
    compress_min: int
    tls: bool
    seconds: float
    """How long each of the measurements takes."""
    settle: float = 2.0
    """
    How long to let memory come to rest.

    A server looks after its connections once a second; twice that, and all is done.
    """


async def calibrate(
    calibration: Calibration,
    generator: Generator,
    report: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Calibrated:
    """
    Measure constants.

    Args:
        report: Is told what is being measured, as a sentence.
        clock: Tells the seconds that it takes.

    Raises:
        WstoolError: If the server doesn't start, or the load fails.
    """
    start = clock()
    bench = _Bench(calibration, generator)
    report(f"measuring the CPU of echoes, {calibration.rate:,.0f} a second")
    echo = await bench.measure_echo()
    fan_out = None
    if calibration.fan_out > 0:
        fitting = min(_MAX_LISTENERS, _count_fitting(calibration.messages))
        listeners = min(max(round(calibration.fan_out), 1), fitting)
        report(f"measuring the CPU of a fan-out to {listeners}")
        fan_out = await bench.measure_fan_out(listeners, echo.near.cost / 1e6)
    report(f"measuring the memory of {calibration.connections} connections")
    memory = await bench.measure_memory(echo.near.cost / 1e6)
    cpu = attribute_cpu(echo, fan_out, tls=calibration.tls)
    seconds = clock() - start
    tls, compression = calibration.tls, calibration.compression
    return Calibrated({**cpu, **memory}, seconds, tls, compression)


class _Used(NamedTuple):
    """What a load took of the server."""

    cpu: float
    """Seconds."""
    driven: Driven


class _Bench:
    """The server's measurements, one after another."""

    def __init__(self, calibration: Calibration, generator: Generator) -> None:
        self._calibration = calibration
        self._generator = generator
        sizes = [len(payload) for _, payload in calibration.messages]
        least = calibration.compress_min
        compressed = [size for size in sizes if size >= max(least, 1)]
        self._deflated = calibration.compression and bool(compressed)

    async def measure_echo(self) -> EchoCost:
        """Measure the CPU of an echo, for two sizes of messages."""
        calibration = self._calibration
        messages = calibration.messages
        size = self._weigh(messages)
        least = calibration.compress_min + _CUT if self._deflated else 0
        other = choose_size(size, least, calibration.most_size)
        async with self._serve("echo") as served:
            near = await self._measure_echoes(served, messages, calibration.seconds)
            far = None
            if other is not None:
                others = calibration.remake(other)
                # It is for the difference only.
                used = await self._measure_echoes(
                    served, others, calibration.seconds / 2
                )
                far = Point(self._weigh(others), _divide(used))
        rate = near.driven.received / near.driven.seconds
        return EchoCost(Point(size, _divide(near)), far, rate, self._deflated)

    async def measure_fan_out(self, listeners: int, echo: float) -> FanOutCost:
        """
        Measure the CPU of copies.

        Args:
            echo: Seconds of CPU that an echo takes, of which a copy takes half at most.
        """
        clients = listeners + 1
        most = min(_MOST_COPIES / clients, 2 * _SHARE / (echo * (clients + 1)))
        async with self._serve(*_BROADCAST) as served:
            traffic = self._make_traffic(served, senders=1, listeners=listeners)
            traffic = traffic._replace(rate=min(traffic.rate, most))
            cpu, driven = await self._measure_cpu(served, traffic)
        copies = driven.received
        return FanOutCost(cpu * 1e6, copies / clients, copies, clients)

    async def measure_memory(self, echo: float) -> dict[str, Measured]:
        """
        Measure the memory of the process, and of each connection.

        Args:
            echo: Seconds of CPU that an echo takes.
        """
        count = self._calibration.connections
        rate = min(_MOST_GREETINGS, _GREETING_SHARE / echo)
        async with self._serve("echo") as served:
            first = read_usage(served.pid).memory
            few = self._make_traffic(served, senders=_WARM_UP)._replace(rate=rate)
            async with self._generator.hold(few):
                await asyncio.sleep(self._calibration.settle)
                before = read_usage(served.pid).memory
                async with self._generator.hold(few._replace(senders=count)):
                    await asyncio.sleep(self._calibration.settle)
                    after = read_usage(served.pid).memory
        source = f"calibrated: {count:,} connections, each with one message echoed"
        measured = {
            "memory_per_connection": Measured(max(after - before, 0) / count, source),
            "memory_base": Measured(
                float(first), "calibrated: `wstool serve`, started"
            ),
        }
        if self._calibration.tls:
            included = "calibrated: part of what a connection takes"
            measured["tls_memory"] = Measured(0.0, included)
        return measured

    async def _measure_echoes(
        self, served: Served, messages: Messages, seconds: float
    ) -> _Used:
        """Measure at the rate, or at a share of what the server manages."""
        senders = min(self._calibration.senders, _count_fitting(messages))
        traffic = self._make_traffic(served, senders=senders)
        traffic = traffic._replace(messages=messages, seconds=seconds)
        few = min(traffic.senders, _SATURATING)
        most = await self._generator.saturate(
            traffic._replace(senders=few, seconds=seconds / 4)
        )
        if not most.received:
            raise TimedOut("calibrating", seconds / 4, "--calibrate-time")
        rate = min(traffic.rate, _SHARE * most.received / most.seconds)
        return await self._measure_cpu(served, traffic._replace(rate=rate))

    async def _measure_cpu(self, served: Served, traffic: Traffic) -> _Used:
        """Measure the CPU of a load."""
        looks: list[Usage] = []
        driven = await self._generator.drive(
            traffic, lambda: looks.append(read_usage(served.pid))
        )
        cpu = looks[-1].cpu - looks[0].cpu
        if not driven.received or not cpu:
            raise TimedOut("calibrating", traffic.seconds, "--calibrate-time")
        return _Used(cpu, driven)

    def _weigh(self, messages: Messages) -> float:
        """Take the mean of the bytes that tell: all, or those that are compressed."""
        least = self._calibration.compress_min if self._deflated else 0
        sizes = [len(payload) for _, payload in messages]
        return sum(size for size in sizes if size >= least) / len(sizes)

    def _make_traffic(
        self, served: Served, *, senders: int, listeners: int = 0
    ) -> Traffic:
        calibration = self._calibration
        return Traffic(
            served.uri,
            served.authority,
            calibration.messages,
            senders,
            listeners,
            calibration.rate,
            calibration.compression,
            calibration.compress_min,
            calibration.seconds,
        )

    def _serve(self, *mode: str) -> AbstractAsyncContextManager[Served]:
        """Run a server in a mode."""
        calibration = self._calibration
        options = ["--port", "0", "--quiet", "--max-size", "0", "--ping-interval", "0"]
        if calibration.compression:
            options += ["--compress-min", str(calibration.compress_min)]
        else:
            options.append("--no-compression")
        if calibration.tls:
            options.append("--tls")
        command = (*calibration.command, *mode, *options)
        return serve(command, tls=calibration.tls)


def _count_fitting(messages: Messages) -> int:
    """Count the connections each of which can have a message on its way."""
    largest = max(len(payload) for _, payload in messages)
    return max(1, _MOST_BYTES // max(largest, 1))


def _divide(used: _Used) -> float:
    """Tell the microseconds of a message."""
    return used.cpu / used.driven.received * 1e6
