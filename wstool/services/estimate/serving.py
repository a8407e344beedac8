"""The server of a calibration: ``wstool serve`` in a process of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from wstool.errors import ConnectFailed
from wstool.phrases import describe_file_error
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["Served", "serve"]

_START_LIMIT = 30.0
_STOP_LIMIT = 10.0


class Served(NamedTuple):
    """A server that runs."""

    uri: WebSocketURI
    pid: int
    authority: str | None
    """PEM file with the authority of its certificate; None without TLS."""


@asynccontextmanager
async def serve(command: Sequence[str], *, tls: bool) -> AsyncIterator[Served]:
    """
    Run a server while the block runs.

    Raises:
        ConnectFailed: If it can't be started, or doesn't say where it is.
    """
    # The authority of its certificate goes with the calibration.
    with TemporaryDirectory() as folder:
        process = await _start(command, folder)
        try:
            uri = await _read_uri(process)
            authority = str(Path(folder, "wstool", "ca.pem")) if tls else None
            yield Served(uri, process.pid, authority)
        finally:
            await _stop(process)


async def _start(command: Sequence[str], folder: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env=_make_environment(folder),
            # Ctrl-C is for whoever measures; that one ends the server.
            start_new_session=True,
        )
    except OSError as error:
        raise _fail_to_start(describe_file_error(error)) from error


def _make_environment(folder: str) -> dict[str, str]:
    """Leave out what sets options: the server is to be what every one is at first."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WSTOOL_")
    }
    return {**kept, "WSTOOL_CONFIG": "", "XDG_DATA_HOME": folder}


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
