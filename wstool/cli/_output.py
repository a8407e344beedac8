"""
What the program itself says: data to stdout, everything else to stderr.

Whatever may come from a peer is escaped here on its way to stderr.
"""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Callable

from wstool.cli._render import escape_text, wrap
from wstool.errors import OutputFailed, OutputGone, WstoolError
from wstool.phrases import describe_file_error
from wstool.streams.descriptors import write_bounded


__all__ = [
    "STDERR",
    "STDIN",
    "STDOUT",
    "Note",
    "find_columns",
    "is_terminal",
    "note",
    "tell",
    "write_error",
    "write_stderr",
    "write_stdout",
]

STDIN, STDOUT, STDERR = 0, 1, 2

Note = Callable[[str], None]
"""Takes a sentence for the user."""

# Nobody may be reading stderr either; a message isn't worth more seconds than this.
_PATIENCE = 1.0
_USUAL_COLUMNS = 80
_OURS = ("wstool: ", "Usage: ", "Error: ")


def note(text: str) -> None:
    """
    Write lines to stderr, escaped.

    A terminal breaks lines within words, so sentences of ours are broken before.
    """
    lines = [escape_text(line) for line in text.split("\n")]
    if is_terminal(STDERR):
        columns = find_columns(STDERR)
        lines = [part for line in lines for part in _break(line, columns)]
    _stderr.write("\n".join([*lines, ""]).encode(errors="backslashreplace"))


def write_stderr(data: bytes) -> None:
    """Write bytes to stderr as they are; who reads nothing is not waited for twice."""
    _stderr.write(data)


def tell(text: str) -> None:
    """Write a sentence with the program's name before it."""
    note(f"wstool: {text}")


def write_error(error: WstoolError) -> None:
    """Write what went wrong, and its further lines indented below."""
    detail = error.detail.rstrip("\r\n")
    lines = [f"  {line}".rstrip("\r ") for line in detail.split("\n")] if detail else []
    note("\n".join([f"wstool: {error}", *lines]))


def write_stdout(text: str | bytes) -> None:
    """
    Write a text or bytes to stdout, and wait until they are written.

    Raises:
        OutputGone: If nobody reads it.
        OutputFailed: If it can't be written.
    """
    if isinstance(text, str):
        text = text.encode(errors="backslashreplace")
    data = memoryview(text)
    try:
        while data:
            data = data[_write_some(data) :]
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise OutputGone("stdout") from error
        raise OutputFailed("stdout", describe_file_error(error)) from error


def _write_some(data: memoryview) -> int:
    """Write what stdout takes, which others may have made non-blocking."""
    while True:
        try:
            return os.write(STDOUT, data)
        except BlockingIOError:
            select.select([], [STDOUT], [])


def find_columns(descriptor: int) -> int:
    """Find out how wide a terminal is."""
    try:
        return os.get_terminal_size(descriptor).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS


def is_terminal(descriptor: int) -> bool:
    """Tell whether a descriptor is a terminal."""
    return os.isatty(descriptor)


def _break(line: str, columns: int) -> list[str]:
    return wrap(line, columns, hang="  ") if line.startswith(_OURS) else [line]


class _Stderr:
    """The process's stderr, which isn't waited for again once it took nothing."""

    def __init__(self) -> None:
        self._patience = _PATIENCE

    def write(self, data: bytes) -> None:
        done = write_bounded(STDERR, data, timeout=self._patience)
        # A server can't hold up its clients for every line of its log.
        self._patience = _PATIENCE if done else 0.0


_stderr = _Stderr()
