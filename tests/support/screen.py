"""A terminal for the command: a pseudo-terminal with a screen to read."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte

from support.command import LIMIT, WSTOOL


__all__ = [
    "ALT_ENTER",
    "CTRL_C",
    "CTRL_D",
    "CTRL_Z",
    "Terminal",
    "paste",
    "shell",
    "start_terminal",
    "terminal",
]

CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"
ALT_ENTER = "\x1b\r"

# What differs from run to run: where the peer is, and how long it's connected.
_MASKS = (
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"(?<=  )\d+:\d\d(?=  )"), "M:SS"),
    (re.compile(r"\d+\.\d ms"), "N ms"),
)


SETTLED = 15
"""Seconds of silence after which a screen counts as what it is."""


class Terminal:
    """A program on a terminal, with a home of its own."""

    def __init__(
        self,
        program: str,
        arguments: tuple[str, ...],
        columns: int,
        rows: int,
        environment: dict[str, str],
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._home = tempfile.TemporaryDirectory()
        self.home = Path(self._home.name)
        """Where the program keeps what lasts."""
        self._process = pexpect.spawn(
            program,
            list(arguments),
            dimensions=(rows, columns),
            timeout=LIMIT,
            env={
                **{name: os.environ[name] for name in ("PATH",)},
                **{"HOME": self._home.name, "TERM": "xterm", "LANG": "C.UTF-8"},
                **environment,
            },
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
    def masked(self) -> list[str]:
        """The lines, without what differs from run to run."""
        lines = self.lines
        for pattern, name in _MASKS:
            lines = [pattern.sub(name, line) for line in lines]
        return lines

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def modes(self) -> list[object]:
        """The terminal's modes, as stty shows them."""
        return termios.tcgetattr(self._process.child_fd)[:4]

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        self._process.send(text)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window, and clear it, as many terminals do."""
        self._screen.resize(rows, columns)
        self._screen.reset()
        self._process.setwinsize(rows, columns)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self._process.kill(number)

    def wait_for(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self._wait(lambda line: text in line, text)

    def wait_for_line(self, text: str) -> None:
        """Wait until a line of the screen is a text and nothing else."""
        self._wait(lambda line: line == text, text)

    def wait_for_screen(self, *lines: str) -> None:
        """Wait until the whole screen is this, but for what is masked."""
        deadline = time.monotonic() + LIMIT
        while self.masked != list(lines):
            if time.monotonic() > deadline or not self._read(SETTLED):
                shown = "\n".join(self.masked)
                raise AssertionError(
                    "the screen is\n{}\nand not\n{}".format(shown, "\n".join(lines))
                )

    def wait(self) -> int:
        """Wait for the end, and give the exit status."""
        while self._read():
            pass
        self._process.wait()
        if self._process.exitstatus is None:
            raise AssertionError(f"ended by signal {self._process.signalstatus}")
        return self._process.exitstatus

    def wait_unread(self) -> int:
        """Wait for the end without reading what is written."""
        deadline = time.monotonic() + LIMIT
        while self._process.isalive():
            if time.monotonic() > deadline:
                raise AssertionError("it doesn't end while nothing is read")
            time.sleep(0.01)
        if self._process.exitstatus is None:
            raise AssertionError(f"ended by signal {self._process.signalstatus}")
        return self._process.exitstatus

    def hang_up(self) -> int:
        """Close the window while the command runs, and give the exit status."""
        self._process.ptyproc.fileobj.close()
        return self.wait_unread()

    def read(self) -> bool:
        """Read what comes next; tell whether anything came before the end."""
        return self._read()

    def close(self) -> None:
        """Kill the command if it still runs."""
        self._process.close(force=True)
        self._home.cleanup()

    def _wait(self, found: Callable[[str], bool], text: str) -> None:
        deadline = time.monotonic() + LIMIT
        while not any(map(found, self.lines)):
            if not self._read() or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} isn't on the screen: {self.lines}")

    def _read(self, limit: float = LIMIT) -> bool:
        try:
            data = self._process.read_nonblocking(1 << 16, timeout=limit)
        except (pexpect.EOF, pexpect.TIMEOUT):
            return False
        self.raw += data
        self._stream.feed(data)
        return True


@contextlib.contextmanager
def terminal(
    *arguments: str,
    columns: int = 80,
    rows: int = 24,
    environment: dict[str, str] | None = None,
) -> Iterator[Terminal]:
    """
    Start the command on a terminal.

    Args:
        environment: Variables besides those that every terminal has.
    """
    started = Terminal(WSTOOL, arguments, columns, rows, environment or {})
    try:
        yield started
    finally:
        started.close()


@contextlib.contextmanager
def start_terminal(
    program: str, *arguments: str, columns: int = 80
) -> Iterator[Terminal]:
    """Start any program on a terminal."""
    started = Terminal(program, arguments, columns, 24, {})
    try:
        yield started
    finally:
        started.close()


@contextlib.contextmanager
def shell(columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """Start a shell with job control on a terminal."""
    arguments = ("--norc", "--noprofile", "-i")
    started = Terminal("bash", arguments, columns, rows, {"PS1": "$ "})
    try:
        yield started
    finally:
        started.close()


def paste(text: str) -> str:
    """Make what a terminal sends when a text is pasted."""
    return "\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~"
