"""A terminal for the command: a pseudo-terminal with a screen to read."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
import time
from collections.abc import Callable, Iterator

import pexpect
import pyte

from support.command import LIMIT, WSTOOL


__all__ = ["CTRL_C", "CTRL_D", "Terminal", "terminal"]

CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """The command on a terminal of 80 by 24."""

    def __init__(self, arguments: tuple[str, ...], columns: int, rows: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._process = pexpect.spawn(
            WSTOOL,
            list(arguments),
            dimensions=(rows, columns),
            timeout=LIMIT,
            # pyte doesn't answer when it's asked where the cursor is.
            env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1"},
        )
        self.raw = b""
        """All bytes that reached the terminal."""

    @property
    def lines(self) -> list[str]:
        """The screen, without trailing blanks and empty lines."""
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def modes(self) -> list[object]:
        """The terminal's modes, as stty shows them."""
        return termios.tcgetattr(self._process.child_fd)[:4]

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        self._process.send(text)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self._process.kill(number)

    def wait_for(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self._wait(lambda line: text in line, text)

    def wait_for_line(self, text: str) -> None:
        """Wait until a line of the screen is a text and nothing else."""
        self._wait(lambda line: line == text, text)

    def wait(self) -> int:
        """Wait for the end, and give the exit status."""
        while self._read():
            pass
        self._process.wait()
        if self._process.exitstatus is None:
            raise AssertionError(f"ended by signal {self._process.signalstatus}")
        return self._process.exitstatus

    def close(self) -> None:
        """Kill the command if it still runs."""
        self._process.close(force=True)

    def _wait(self, found: Callable[[str], bool], text: str) -> None:
        deadline = time.monotonic() + LIMIT
        while not any(map(found, self.lines)):
            if not self._read() or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} isn't on the screen: {self.lines}")

    def _read(self) -> bool:
        try:
            data = self._process.read_nonblocking(1 << 16, timeout=LIMIT)
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


@contextlib.contextmanager
def terminal(*arguments: str, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """Start the command on a terminal."""
    started = Terminal(arguments, columns, rows)
    try:
        yield started
    finally:
        started.close()
