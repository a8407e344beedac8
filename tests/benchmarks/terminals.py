"""Interactive clients on a pseudo-terminal: first prompt, keys in a flood, memory."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from typing import NamedTuple


__all__ = ["Flood", "Terminal", "time_prompt", "type_in_flood"]

LIMIT = 60
_KEY = b"Z"
_BACKSPACE = b"\x7f"
_SIZE = struct.pack("HHHH", 24, 80, 0, 0)
# A person's pace; faster would measure how keys are joined.
_PAUSE = 0.1


class Flood(NamedTuple):
    """What typing in a flood was like."""

    p95: float
    """Seconds from a key to its letter on the screen, for 95 of 100 keys."""
    worst: float
    peak: int
    """Bytes of resident memory at most."""
    interrupted: float
    """Seconds from the last Ctrl-C to the end of the process."""
    screen: bytes
    """The last that was written."""


class Terminal:
    """A program on a terminal of 80 by 24."""

    def __init__(self, command: list[str]) -> None:
        self._ours, theirs = os.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, _SIZE)
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.written = b""
        """What the program has written, its last part."""

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def read(self, seconds: float) -> bytes:
        """Take what the program writes within a time; empty if it's nothing."""
        if not select.select([self._ours], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:
            # Linux says EIO at the end.
            return b""
        self.written = (self.written + data)[-(1 << 16) :]
        return data

    def read_for(self, seconds: float) -> None:
        """Take what the program writes for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.read(left)

    def wait_for(self, mark: bytes) -> float:
        """Wait until a mark is written; give the seconds that it took."""
        started = time.monotonic()
        seen = b""
        while mark not in seen:
            if time.monotonic() - started > LIMIT:
                raise TimeoutError(f"{mark!r} isn't in {seen!r}")
            seen = seen[-len(mark) :] + self.read(0.05)
        return time.monotonic() - started

    def peak_memory(self) -> int:
        """Tell how many bytes of memory it has had at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) * 1024

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)


def time_prompt(command: list[str], prompt: bytes = b"> ") -> float:
    """Start a client, and give the seconds until its prompt is written."""
    started = time.monotonic()
    with _running(command) as terminal:
        terminal.wait_for(prompt)
        return time.monotonic() - started


def type_in_flood(command: list[str], seconds: float) -> Flood:
    """
    Type letter by letter while messages pour in, then interrupt.

    Args:
        seconds: How long to type.
    """
    delays = []
    with _running(command) as terminal:
        terminal.wait_for(b"> ")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            terminal.read_for(_PAUSE)
            terminal.type(_KEY)
            delays.append(terminal.wait_for(_KEY))
            terminal.type(_BACKSPACE)
        peak = terminal.peak_memory()
        screen = terminal.written
        started = time.monotonic()
        # The first clears a line or warns; wscat ends at once.
        for _ in range(2):
            terminal.type(b"\x03")
            terminal.read_for(0.05)
        while terminal.process.poll() is None and time.monotonic() < started + LIMIT:
            terminal.read(0.01)
        ended = time.monotonic() - started
    p95 = statistics.quantiles(delays, n=20)[-1]
    return Flood(p95, max(delays), peak, ended, screen)


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[Terminal]:
    terminal = Terminal(command)
    try:
        yield terminal
    finally:
        terminal.close()
