"""
The processes of a bench: the parent shows, its children make the load.

A child is forked before there is a loop, and runs one of its own. Its end of a pipe
tells it when to begin, and asks how many seconds of CPU it has taken; the end of that
pipe is the end of its parent, and its own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkProcess
from typing import Any, NamedTuple

from wstool.cli._loop import Stop, run
from wstool.cli._output import write_error
from wstool.errors import WstoolError


__all__ = ["LEAD", "Child", "Link", "rebuild_error", "start_child"]

LEAD = 20_000_000
"""Nanoseconds that children have to hear that they begin."""

_END_LIMIT = 5.0


class Link:
    """A child's end of the pipe to its parent."""

    def __init__(self, pipe: Pipe, stop: Stop) -> None:
        self._pipe = pipe
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._went: asyncio.Future[int] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(pipe.fileno(), self._read)

    def send(self, message: object) -> None:
        """Send something to the parent; without one there is nothing more to do."""
        try:
            self._pipe.send(message)
        except OSError:
            self._give_up()

    async def wait_to_begin(self) -> int:
        """Say that all is ready; give the time that the parent sets."""
        self.send(("ready",))
        return await self._went

    async def wait_for_end(self) -> None:
        """Wait until the parent says to stop, or is gone."""
        await self._ended

    def _read(self) -> None:
        try:
            message = self._pipe.recv()
        except (EOFError, OSError):
            self._give_up()
            return
        if message[0] == "begin" and not self._went.done():
            self._went.set_result(message[1])
        elif message[0] == "usage":
            self.send(("usage", time.process_time()))
        elif message[0] == "stop":
            self._give_up()

    def _give_up(self) -> None:
        self._loop.remove_reader(self._pipe.fileno())
        if not self._ended.done():
            self._ended.set_result(None)
        if not self._stop.requested.done():
            self._stop.receive(signal.SIGTERM)


class Child(NamedTuple):
    """A child, as its parent has it."""

    process: ForkProcess
    pipe: Pipe

    def send(self, message: object) -> None:
        """Send something to the child, if it is still there."""
        try:
            self.pipe.send(message)
        except OSError:
            # Its end is noticed where its messages are read.
            return

    def end(self) -> None:
        """End the child, soon or at once."""
        self.send(("stop",))
        self.process.join(_END_LIMIT)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


def start_child(
    work: Callable[[Link, Stop], Coroutine[Any, Any, None]], siblings: list[Child]
) -> Child:
    """
    Start a child.

    Args:
        work: Runs in the child, on uvloop where there is one. What it raises is sent
            to the parent as ``("failed", error)``.
        siblings: Children before it, whose pipes it has to let go.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    inherited = [ours, *(sibling.pipe for sibling in siblings)]
    process = context.Process(target=_run, args=(work, theirs, inherited), daemon=True)
    process.start()
    theirs.close()
    return Child(process, ours)


def _run(
    work: Callable[[Link, Stop], Coroutine[Any, Any, None]],
    pipe: Pipe,
    inherited: list[Pipe],
) -> None:
    """Run the child to its end, which is that of the process."""
    for other in inherited:
        other.close()
    status = 0
    try:
        run(lambda stop: _work(work, pipe, stop), server=True)
    except WstoolError as error:
        status = _tell(pipe, error)
    except KeyboardInterrupt:
        status = 1
    os._exit(status)


async def _work(
    work: Callable[[Link, Stop], Coroutine[Any, Any, None]], pipe: Pipe, stop: Stop
) -> None:
    await work(Link(pipe, stop), stop)


def _tell(pipe: Pipe, error: WstoolError) -> int:
    """Send an error; its class may want other arguments than those it keeps."""
    parts = (type(error), error.args, vars(error))
    try:
        pipe.send(("failed", *parts))
    except OSError:
        return 1
    except Exception:
        # What can't travel is at least told.
        write_error(error)
        return 1
    return 0


def rebuild_error(
    kind: type[WstoolError], args: tuple[object, ...], fields: dict[str, Any]
) -> WstoolError:
    """Make an error again that a child has sent."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(fields)
    return error
