"""
Measuring what a server takes here for each message and each connection.

The server is ``wstool serve`` in a process of its own; what it used is read from the
system, so that the load's own costs don't count.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import NamedTuple

from wstool.errors import ConnectFailed, TimedOut
from wstool.phrases import describe_file_error
from wstool.services.estimate.drive import Drive, Traffic, hold
from wstool.services.estimate.process import Usage, read_usage
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["Calibration", "Measured", "calibrate"]

_MAX_LISTENERS = 100
# The listeners are in one process with the sender, and late when the machine is busy.
_BROADCAST = ("broadcast", "--include-sender", "--queue-limit", "1G")
_START_LIMIT = 30.0
_STOP_LIMIT = 10.0
# What is loaded and grown once, for the first connections, isn't theirs.
_WARM_UP = 64


class Calibration(NamedTuple):
    """What to measure."""

    command: tuple[str, ...]
    """Runs a server; modes and options are appended."""
    messages: list[tuple[Opcode, bytes]]
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


class Measured(NamedTuple):
    """A constant as it is here."""

    value: float
    source: str


async def calibrate(
    calibration: Calibration, drive: Drive, report: Callable[[str], None]
) -> dict[str, Measured]:
    """
    Measure constants, by name.

    Args:
        drive: Makes the load for the CPU.
        report: Is told what is being measured, as a sentence.

    Raises:
        WstoolError: If the server doesn't start, or a connection fails.
    """
    report(f"measuring the CPU of echoes, {calibration.rate:,.0f} a second")
    message = await _measure_echo(calibration, drive)
    measured = {"cpu_per_message": message, "cpu_per_mb": _INCLUDED}
    if calibration.compression:
        measured["cpu_per_deflated_mb"] = measured["cpu_per_inflated_mb"] = _INCLUDED
    if calibration.tls:
        measured["cpu_per_tls_record"] = measured["cpu_per_tls_mb"] = _INCLUDED
    if calibration.fan_out > 0:
        listeners = min(max(round(calibration.fan_out), 1), _MAX_LISTENERS)
        report(f"measuring the CPU of a fan-out to {listeners}")
        delivery = await _measure_fan_out(calibration, drive, listeners, message.value)
        measured["cpu_per_delivery"] = delivery
    report(f"measuring the memory of {calibration.connections} connections")
    return {**measured, **await _measure_memory(calibration)}


_INCLUDED = Measured(0.0, "calibrated: part of what a message takes")


async def _measure_echo(calibration: Calibration, drive: Drive) -> Measured:
    async with _serve(calibration, "echo") as (uri, pid):
        traffic = _make_traffic(calibration, uri, senders=calibration.senders)
        cpu, sent = await _measure_cpu(traffic, drive, pid)
    rate = sent / calibration.seconds
    source = f"calibrated: half an echo, at {rate:,.0f} a second"
    return Measured(cpu / sent / 2 * 1e6, source)


async def _measure_fan_out(
    calibration: Calibration, drive: Drive, listeners: int, message: float
) -> Measured:
    async with _serve(calibration, *_BROADCAST) as (uri, pid):
        traffic = _make_traffic(calibration, uri, senders=1, listeners=listeners)
        cpu, sent = await _measure_cpu(traffic, drive, pid)
    copies = sent * (listeners + 1)
    source = f"calibrated: {sent:,} messages to {listeners + 1} connections each"
    return Measured(max(cpu * 1e6 - sent * message, 0.0) / copies, source)


async def _measure_cpu(traffic: Traffic, drive: Drive, pid: int) -> tuple[float, int]:
    """Measure the seconds of CPU that messages took, and count them."""
    before: list[Usage] = []
    echoed = await drive(traffic, lambda: before.append(read_usage(pid)))
    cpu = read_usage(pid).cpu - before[0].cpu
    if not echoed or not cpu:
        raise TimedOut("calibrating", traffic.seconds, "--calibrate-time")
    return cpu, echoed


async def _measure_memory(calibration: Calibration) -> dict[str, Measured]:
    count = calibration.connections
    async with _serve(calibration, "echo") as (uri, pid):
        first = read_usage(pid).memory
        async with hold(_make_traffic(calibration, uri, senders=_WARM_UP)):
            await asyncio.sleep(calibration.settle)
            before = read_usage(pid).memory
            async with hold(_make_traffic(calibration, uri, senders=count)):
                await asyncio.sleep(calibration.settle)
                after = read_usage(pid).memory
    source = f"calibrated: {count:,} connections, each with one message echoed"
    measured = {
        "memory_per_connection": Measured(max(after - before, 0) / count, source),
        "memory_base": Measured(float(first), "calibrated: `wstool serve`, started"),
    }
    if calibration.tls:
        included = "calibrated: part of what a connection takes"
        measured["tls_memory"] = Measured(0.0, included)
    return measured


def _make_traffic(
    calibration: Calibration, uri: WebSocketURI, *, senders: int, listeners: int = 0
) -> Traffic:
    return Traffic(
        uri,
        calibration.messages,
        senders,
        listeners,
        calibration.rate,
        calibration.compression,
        calibration.compress_min,
        calibration.seconds,
    )


@asynccontextmanager
async def _serve(
    calibration: Calibration, *mode: str
) -> AsyncIterator[tuple[WebSocketURI, int]]:
    """Run a server; give its URI and its process."""
    options = ["--port", "0", "--quiet", "--max-size", "0", "--ping-interval", "0"]
    if calibration.compression:
        options += ["--compress-min", str(calibration.compress_min)]
    else:
        options.append("--no-compression")
    if calibration.tls:
        options.append("--tls")
    # The authority of its certificate goes with the calibration.
    with TemporaryDirectory() as folder:
        process = await _start((*calibration.command, *mode, *options), folder)
        try:
            yield await _read_uri(process), process.pid
        finally:
            await _stop(process)


async def _start(command: tuple[str, ...], folder: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "XDG_DATA_HOME": folder},
            # Ctrl-C is for whoever measures; that one ends the server.
            start_new_session=True,
        )
    except OSError as error:
        raise _fail_to_start(describe_file_error(error)) from error


async def _read_uri(process: asyncio.subprocess.Process) -> WebSocketURI:
    """Read the first line of a server's output."""
    if process.stdout is None:
        raise AssertionError("there is a pipe from stdout")
    try:
        async with asyncio.timeout(_START_LIMIT):
            line = await process.stdout.readline()
    except TimeoutError:
        raise _fail_to_start(f"no URL came within {_START_LIMIT:g} s") from None
    try:
        return parse_uri(line.decode().strip())
    except ValueError as error:
        raise _fail_to_start("what it printed isn't its URL") from error


def _fail_to_start(problem: str) -> ConnectFailed:
    return ConnectFailed("the server", problem, doing="start")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a server, with what it still says."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_LIMIT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
