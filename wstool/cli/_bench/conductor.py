"""The parent's side of processes that run together: it hears them, and ends them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

from wstool.cli._bench.crew import LEAD, Child, rebuild_error
from wstool.cli._loop import Stop
from wstool.connection.waiting import first_of
from wstool.errors import ConnectionLost, Stopped, WstoolError


__all__ = ["Conductor"]


class Conductor:
    """Wait for children to be ready, let them begin, and hear them to their end."""

    def __init__(
        self, names: Mapping[Child, str], stop: Stop, *, serving: Iterable[Child] = ()
    ) -> None:
        """
        Prepare.

        Args:
            names: What to call each child if it is lost.
            stop: Asks to end early.
            serving: Those of them that serve the others, and don't end by themselves.
        """
        self._names = names
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._watched: set[int] = set()
        self._running = set(names) - set(serving)
        self._awaited = set(self._running)
        self._failure: WstoolError | None = None
        self.lost: ConnectionLost | None = None
        """Which child ended without a word; None if that was asked for."""
        self._done: asyncio.Future[None] = self._loop.create_future()

    async def run(self) -> None:
        """
        Run to the end.

        Raises:
            WstoolError: What a child could not do.
        """
        for child in self._names:
            descriptor = child.pipe.fileno()
            self._watched.add(descriptor)
            self._loop.add_reader(descriptor, self._read, child)
        try:
            await first_of(self._done, self._stop.requested)
            if not self._done.done():
                self._stop_all()
            await self._done
        finally:
            for descriptor in self._watched:
                self._loop.remove_reader(descriptor)
        failure = self._failure
        if failure is None or isinstance(failure, Stopped) or self.is_excused():
            return
        raise failure

    def begin(self, *, after: int = 0) -> None:
        """Let all begin, not before a time by the clock."""
        start = max(time.monotonic_ns() + LEAD, after)
        for child in self._running:
            child.send(("begin", start))

    def note_lost(self, child: Child) -> None:
        """Take note of a child that has ended without a word."""
        if self.lost is None and not self._stop.requested.done():
            status = child.process.exitcode
            self.lost = ConnectionLost(
                f"{self._names[child]} ended with status {status}"
            )

    def is_watched(self, child: Child) -> bool:
        """Tell whether a child can still say something."""
        return child.pipe.fileno() in self._watched

    def check_end(self) -> None:
        """End when all have, and nothing is missing."""
        if not self._running and self.is_complete() and not self._done.done():
            self._done.set_result(None)

    # What runs do differently.

    def take_ready(self) -> None:
        """Go on: all are ready."""
        self.begin()

    def hear(self, child: Child, message: tuple[object, ...]) -> None:
        """Take what a child says of its work."""
        raise NotImplementedError

    def is_complete(self) -> bool:
        """Tell whether all is known that is to be known at the end."""
        return True

    def is_spared(self, child: Child) -> bool:
        """Tell whether the others go on without a child that has failed."""
        return False

    def is_excused(self) -> bool:
        """Tell whether the failure of a child is the fault of another one."""
        return False

    def _read(self, child: Child) -> None:
        try:
            message = child.pipe.recv()
        except (EOFError, OSError):
            child.process.join(1)
            self.note_lost(child)
            self._end_one(child)
            self._stop_all()
            return
        if message[0] == "failed":
            self._take_failure(child, rebuild_error(*message[1:]))
        elif message[0] == "done":
            self._end_one(child)
        elif message[0] == "ready":
            self._await_no_more(child)
        else:
            self.hear(child, message)

    def _take_failure(self, child: Child, error: WstoolError) -> None:
        self._failure = self._failure or error
        is_spared = self.is_spared(child)
        self._end_one(child)
        if is_spared:
            self._await_no_more(child)
        else:
            self._stop_all()

    def _await_no_more(self, child: Child) -> None:
        """Go on if it was the last one that wasn't ready."""
        if child in self._awaited:
            self._awaited.discard(child)
            if not self._awaited and self._running:
                self.take_ready()

    def _end_one(self, child: Child) -> None:
        descriptor = child.pipe.fileno()
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            self._loop.remove_reader(descriptor)
        self._running.discard(child)
        self.check_end()

    def _stop_all(self) -> None:
        for child in self._running:
            child.send(("stop",))
