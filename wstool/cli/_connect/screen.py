"""The terminal: a line to type at, and what is written above it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from wstool.cli._output import STDOUT
from wstool.errors import WstoolError
from wstool.streams.writer import OutputWriter


if TYPE_CHECKING:
    from typing import Any, TextIO

    from prompt_toolkit import Application


__all__ = ["Screen", "TerminalOutput", "print_above", "wants_unicode"]

_DEFAULT_SIZE = os.terminal_size((80, 24))


class TerminalOutput(Vt100_Output):
    """
    Output of prompt-toolkit that never blocks.

    A terminal that takes nothing must not stop the keys, the time limits and the
    pongs. And it's not asked where the cursor is: each answer would be a round trip,
    and a terminal that gives none would do without the toolbar.
    """

    def __init__(
        self,
        stdout: TextIO,
        write: Callable[[str], None],
        *,
        color_depth: ColorDepth | None = None,
    ) -> None:
        super().__init__(
            stdout,
            get_size=_get_size,
            term=os.environ.get("TERM"),
            default_color_depth=color_depth,
            enable_cpr=False,
        )
        self._write = write
        self._pieces: list[str] = []
        self._held = False

    def write_raw(self, data: str) -> None:
        """Take escape codes and text."""
        self._pieces.append(data)

    def write(self, data: str) -> None:
        """Take text."""
        self._pieces.append(data.replace("\x1b", "?"))

    def flush(self) -> None:
        """Write what was taken, unless more of it is to come."""
        if self._pieces and not self._held:
            data = "".join(self._pieces)
            self._pieces.clear()
            self._write(data)

    def get_rows_below_cursor_position(self) -> int:
        """Know of one row, so that nothing waits to be told of more."""
        return 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Write all of it at once, in the end: nothing flickers."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.flush()


class Screen:
    """
    The writing end of the terminal.

    Args:
        failed: Told when the terminal takes no more, such as when it has gone.
        unicode: Whether it shows more than ASCII.
    """

    def __init__(
        self, *, failed: Callable[[WstoolError], None], unicode: bool, color: bool
    ) -> None:
        import sys

        self._encoding = "utf-8" if unicode else "ascii"
        self.unicode = unicode
        self.color = color
        self._writer = OutputWriter(
            asyncio.get_running_loop(),
            STDOUT,
            paused=self._pause,
            resumed=self._resume,
            failed=failed,
            high_water=1 << 18,
            target="the terminal",
        )
        self.is_behind = False
        """Whether the terminal takes less than it's given."""
        self.output = TerminalOutput(
            sys.stdout,
            self.write,
            color_depth=None if color else ColorDepth.DEPTH_1_BIT,
        )

    @property
    def columns(self) -> int:
        """Its width."""
        return _get_size().columns

    @property
    def rows(self) -> int:
        """Its height."""
        return _get_size().rows

    def write(self, text: str) -> None:
        """Write text and escape codes."""
        self._writer.write(text.encode(self._encoding, "backslashreplace"))

    async def finish(self, limit: float = 1.0) -> None:
        """Let the terminal take the rest, but not for long, and let go of it."""
        flushed = self._writer.flushed()
        await asyncio.wait([flushed], timeout=limit)
        self._writer.close()

    def _pause(self) -> None:
        self.is_behind = True

    def _resume(self) -> None:
        self.is_behind = False


def print_above(app: Application[Any], screen: Screen, text: str) -> None:
    """Write lines above the line that is typed, which stays whole below them."""
    if not app.is_running or app._running_in_terminal:
        screen.write(text)
        return
    with screen.output.held():
        app.renderer.erase(leave_alternate_screen=False)
        screen.output.write_raw(text)
        app.renderer.reset()
        app._redraw()


def wants_unicode() -> bool:
    """
    Tell from the locale whether the terminal shows more than ASCII.

    Without a locale it does: Python has set LC_CTYPE to say so (PEP 538).
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = os.environ.get(name)
        if value:
            encoding = value.partition(".")[2].partition("@")[0]
            return encoding.replace("-", "").lower() == "utf8"
    return False


def _get_size() -> Size:
    try:
        size = os.get_terminal_size(STDOUT)
    except OSError:
        size = _DEFAULT_SIZE
    # A terminal that doesn't know its size says that it is 0.
    return Size(
        rows=size.lines or _DEFAULT_SIZE.lines,
        columns=size.columns or _DEFAULT_SIZE.columns,
    )
