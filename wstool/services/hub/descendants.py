"""
What a process has started and left behind, in sessions of its own.

No signal to a group reaches those. They are found by a variable in the environment that
each process gets and hands on, as far as the system shows it: in Linux's /proc.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial

from wstool.connection.waiting import run_in_thread


__all__ = ["VARIABLE", "Hunter", "kill_marked", "new_mark"]

VARIABLE = "WSTOOL_EXEC_ID"
"""The variable that has the mark."""

_PROC = "/proc"
# What is being killed can start something meanwhile, but not for ever.
_ROUNDS = 5


def new_mark() -> str:
    """Make a mark that no other process has."""
    return os.urandom(16).hex()


class Hunter:
    """Looks for what is left behind, beside the loop, for several marks at once."""

    def __init__(self) -> None:
        self._wanted: dict[str, Callable[[], object]] = {}
        self._task: asyncio.Task[None] | None = None

    def hunt(self, mark: str, done: Callable[[], object]) -> None:
        """
        Kill all processes with a mark.

        Args:
            done: Is called when none is left.
        """
        self._wanted[mark] = done
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def finish(self) -> None:
        """Wait until all is done."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            await run_in_thread(partial(kill_marked, frozenset(wanted)))
            for done in wanted.values():
                done()
        self._task = None


def kill_marked(marks: frozenset[str]) -> int:
    """Kill all processes that have one of the marks; count them."""
    needles = [f"{VARIABLE}={mark}\0".encode() for mark in marks]
    count = 0
    for _ in range(_ROUNDS):
        killed = sum(_kill_if_marked(pid, needles) for pid in _list_processes())
        count += killed
        if not killed:
            break
    return count


def _list_processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir(_PROC) if name.isdigit()]
    except OSError:
        return []


def _kill_if_marked(pid: int, needles: list[bytes]) -> bool:
    if not _is_marked(pid, needles):
        return False
    try:
        descriptor = os.pidfd_open(pid)
    except (OSError, AttributeError):
        return False
    try:
        # Its number can have become another's; that of the descriptor can't.
        if not _is_marked(pid, needles):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_marked(pid: int, needles: list[bytes]) -> bool:
    try:
        with open(f"{_PROC}/{pid}/environ", "rb") as file:
            environment = b"\0" + file.read()
    except OSError:
        return False
    return any(b"\0" + needle in environment for needle in needles)
