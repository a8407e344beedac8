"""Processes that a test only knows by their number."""

from __future__ import annotations

import time
from pathlib import Path


__all__ = ["await_children", "is_alive", "is_gone_soon"]


def is_alive(pid):
    """Tell whether a process still runs; one that nobody has waited for doesn't."""
    try:
        status = Path(f"/proc/{int(pid)}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def is_gone_soon(pid, limit=10):
    """Wait for the end of a process that has been killed; tell whether it came."""
    deadline = time.monotonic() + limit
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


def await_children(pid, number, limit=10):
    """Wait until a process has so many children; give them in order of their birth."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(children) == number:
            return sorted(map(int, children))
        time.sleep(0.01)
    raise AssertionError(f"{number} children expected, got {children}")
