"""What a process has used, as Linux tells it."""

from __future__ import annotations

import os
from typing import NamedTuple

from wstool.errors import ExpectationFailed, UsageError
from wstool.phrases import describe_file_error


__all__ = ["Usage", "read_usage"]

_NANOSECONDS = 1e9


class Usage(NamedTuple):
    """CPU and memory of a process so far."""

    cpu: float
    """Seconds, of user and system."""
    memory: int
    """Resident bytes."""


def read_usage(pid: int, *, root: str = "/proc") -> Usage:
    """
    Read what a process has used.

    Args:
        root: Where the system tells of its processes.

    Raises:
        UsageError: If the system has no such files.
        ExpectationFailed: If it has them, but the process has ended.
    """
    folder = f"{root}/{pid}"
    try:
        with open(f"{folder}/statm", "rb") as file:
            pages = int(file.read().split()[1])
        # In stat, CPU is counted in ticks of 10 ms: too coarse for a server that idles.
        nanoseconds = sum(
            _read_running_time(f"{folder}/task/{task}/schedstat")
            for task in os.listdir(f"{folder}/task")
        )
    except OSError as error:
        if os.path.exists(f"{root}/self") and not os.path.exists(folder):
            ended = "one that has ended"
            raise ExpectationFailed("a server that runs", ended) from error
        problem = f"--calibrate can't read /proc: {describe_file_error(error)}"
        raise UsageError(problem) from error
    return Usage(nanoseconds / _NANOSECONDS, pages * os.sysconf("SC_PAGE_SIZE"))


def _read_running_time(path: str) -> int:
    with open(path, "rb") as file:
        return int(file.read().split()[0])
