"""How many messages were published, as all processes of a run know it."""

from __future__ import annotations

import mmap


__all__ = ["Publication"]

_SIZE = 16


class Publication:
    """
    What publishers tell subscribers in other processes.

    It lies in memory that is shared with processes that are forked later. Publishers
    live in one process, so there is one writer. They count a message before they send
    it: who has received one finds it counted.
    """

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        """Begin with nothing published."""
        self._cells = memoryview(mmap.mmap(-1, _SIZE)).cast("Q")

    @property
    def count(self) -> int:
        """How many messages were published."""
        return self._cells[0]

    def add(self) -> None:
        """Count one more."""
        self._cells[0] += 1

    @property
    def is_over(self) -> bool:
        """Whether no more will be published."""
        return bool(self._cells[1])

    def end(self) -> None:
        """Say that no more will be published."""
        self._cells[1] = 1
