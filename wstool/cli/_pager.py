"""A pager for what is longer than the terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable

from wstool.cli._output import STDOUT, is_terminal


__all__ = ["PagedOutput", "PagerClosed", "find_pager"]

_DEFAULT = "less"
_USUAL_LINES = 24
_MAX_HELD = 8 << 20
"""Bytes that are held so that something can still be put first."""
_MAX_PIECES = 1 << 10
"""Pieces that are written together."""


class PagerClosed(Exception):
    """The reader has seen enough."""


class PagedOutput:
    """
    Write to stdout, or to a pager if there is more than fits the terminal.

    Without a terminal or a pager all goes to stdout as it comes.
    """

    def __init__(self, write: Callable[[bytes], None], pager: list[str] | None) -> None:
        """
        Start before the first bytes.

        Args:
            write: Writes to stdout.
            pager: The pager's command; None for none.
        """
        self._write = write
        self._pager = pager
        self._held: list[bytes] = []
        self._lines = 0
        self._size = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._handler: object = None

    def write(self, data: bytes) -> None:
        """
        Write bytes.

        Raises:
            PagerClosed: If the pager was closed.
        """
        if self._process is not None:
            self._feed(data)
        elif self._pager is None:
            self._held.append(data)
            self._lines += 1
            if self._lines > _MAX_PIECES:
                self.flush()
        else:
            self._held.append(data)
            self._size += len(data)
            if self._size > _MAX_HELD:
                self._start(self._pager)

    def put_first(self, data: bytes) -> bool:
        """Put bytes before all that the pager will show; tell whether that can be."""
        lines = sum(held.count(b"\n") for held in self._held)
        if self._pager is None or self._process is not None or lines < _count_lines():
            return False
        self._held.insert(0, data)
        return True

    def flush(self) -> None:
        """Write what is held to stdout, unless it may be for a pager."""
        if self._process is None and self._pager is None:
            held, self._held = b"".join(self._held), []
            self._lines = 0
            if held:
                self._write(held)

    def close(self) -> None:
        """
        Write what is held, and wait until the pager is closed.

        Raises:
            PagerClosed: If it was closed before it had all.
        """
        lines = sum(data.count(b"\n") for data in self._held)
        if self._pager is not None and lines >= _count_lines():
            self._start(self._pager)
        if self._process is not None:
            self._close_pager(self._process)
            return
        self._pager = None
        self.flush()

    def _start(self, pager: list[str]) -> None:
        environment = {"LESS": "FRX", **os.environ}
        held, self._held = b"".join(self._held), []
        try:
            self._process = subprocess.Popen(
                pager, stdin=subprocess.PIPE, env=environment
            )
        except OSError:
            self._pager = None
            self._write(held)
            return
        # Ctrl-C is for the pager, which ends when its reader wants that.
        self._handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._feed(held)

    def _feed(self, data: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            raise AssertionError("there must be a pager to feed")
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except BrokenPipeError:
            self._close_pager(self._process)
            raise PagerClosed from None

    def _close_pager(self, process: subprocess.Popen[bytes]) -> None:
        try:
            if process.stdin is not None:
                process.stdin.close()
        except BrokenPipeError:
            pass
        process.wait()
        if callable(self._handler):
            signal.signal(signal.SIGINT, self._handler)


def find_pager() -> list[str] | None:
    """Find the pager to use, if stdout is a terminal: PAGER, or else less."""
    if not is_terminal(STDOUT) or os.environ.get("TERM") == "dumb":
        return None
    try:
        words = shlex.split(os.environ.get("PAGER", _DEFAULT))
    except ValueError:
        return None
    return words if words and shutil.which(words[0]) else None


def _count_lines() -> int:
    try:
        return os.get_terminal_size(STDOUT).lines or _USUAL_LINES
    except OSError:
        return _USUAL_LINES
