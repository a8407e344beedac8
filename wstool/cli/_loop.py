"""Running a command on an event loop, with signals and the limit for everything."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from wstool.connection.heap import keep_freed_memory
from wstool.errors import Stopped, TimedOut, WstoolError


__all__ = ["Stop", "run"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """
    The wish to stop, whoever has it.

    One signal asks politely; a second one, or the limit for everything, insists. Of a
    terminal that closes, the shell and the system both tell: that is one.
    """

    def __init__(self) -> None:
        self.requested: asyncio.Future[WstoolError] = (
            asyncio.get_running_loop().create_future()
        )
        """Is done with the reason, once there is one."""
        self._task = asyncio.current_task()
        self._insisted: WstoolError | None = None

    @property
    def insisted(self) -> WstoolError | None:
        """Why everything is to end at once, if it is."""
        return self._insisted

    def receive_interrupt(self) -> None:
        """Take Ctrl-C, where the terminal gives it as a key."""
        self.receive(signal.SIGINT)

    def receive(self, number: int) -> None:
        """Take a signal."""
        stopped = Stopped(number, signal.Signals(number).name)
        if not self.requested.done():
            self.requested.set_result(stopped)
        elif number != signal.SIGHUP:
            self.insist(stopped)

    def insist(self, reason: WstoolError) -> None:
        """End everything at once."""
        if not self.requested.done():
            self.requested.set_result(reason)
        self._insisted = self._insisted or reason
        if self._task is not None:
            self._task.cancel()


def run(
    command: Callable[[Stop], Coroutine[Any, Any, None]],
    *,
    server: bool = False,
    max_time: float | None = None,
) -> None:
    """
    Run a command to its end.

    Args:
        command: Gets the user's wish to stop, and ends soon after it.
        server: Whether to run on uvloop, where there is one. Client commands don't:
            it aborts the process on files and on closed descriptors.
        max_time: Seconds that everything may take; None or 0 for no limit.

    Raises:
        WstoolError: What the command raises; TimedOut after ``max_time``; Stopped at
            a second signal.
    """
    keep_freed_memory()
    # What the imports made stays to the end, so the collector need not look at it.
    gc.freeze()
    gc.enable()
    with asyncio.Runner(loop_factory=_server_loop if server else None) as runner:
        runner.run(_run(command, max_time))


async def _run(
    command: Callable[[Stop], Coroutine[Any, Any, None]], max_time: float | None
) -> None:
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # Under nohup, the end of the terminal is to end nothing.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop.receive, number)
    if max_time:
        loop.call_later(
            max_time, stop.insist, TimedOut("as a whole", max_time, "--max-time")
        )
    try:
        await command(stop)
    except asyncio.CancelledError:
        if stop.insisted is None:
            raise
        raise stop.insisted from None


def _server_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
