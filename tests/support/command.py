"""The installed command, run as a person runs it: in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


__all__ = ["WSTOOL", "Outcome", "Running", "run", "serving", "start"]

WSTOOL = str(Path(sys.executable).with_name("wstool"))
"""The executable beside the interpreter that runs the tests."""

# Whoever runs the tests may have profiles; none of them counts here.
os.environ["WSTOOL_CONFIG"] = ""

LIMIT = 30
"""Seconds that any run may take before it counts as hanging."""


class Outcome(NamedTuple):
    """All that a run leaves behind."""

    status: int
    stdout: bytes
    stderr: str

    def mask(self, text: str, name: str) -> Outcome:
        """Replace in stderr what differs from run to run, such as a port."""
        return self._replace(stderr=self.stderr.replace(text, name))


class Running:
    """A command that runs; its output is collected all the time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._collected = {"stdout": bytearray(), "stderr": bytearray()}
        self._changed = threading.Condition()
        self._collectors = [
            threading.Thread(target=self._collect, args=(name,), daemon=True)
            for name in self._collected
            if getattr(process, name) is not None
        ]
        for collector in self._collectors:
            collector.start()

    @property
    def stdout(self) -> bytes:
        """What has come on stdout so far."""
        return bytes(self._collected["stdout"])

    @property
    def stderr(self) -> bytes:
        """What has come on stderr so far."""
        return bytes(self._collected["stderr"])

    def wait_for_stdout(self, text: bytes) -> None:
        """Wait until a text has come on stdout."""
        self._wait_for("stdout", text)

    def wait_for_stderr(self, text: bytes, *, times: int = 1) -> None:
        """Wait until a text has come on stderr, so many times."""
        self._wait_for("stderr", text, times)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self, limit: float = LIMIT) -> Outcome:
        """Wait for the end."""
        # The ends of its outputs come at once; asking for its status is polling.
        for collector in self._collectors:
            collector.join(limit)
        status = self.process.wait(limit)
        return Outcome(
            status, self.stdout, self.stderr.decode(errors="surrogateescape")
        )

    def peak_memory(self) -> int:
        """Tell how many bytes of memory it has had at most, while it runs."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def _wait_for(self, name: str, text: bytes, times: int = 1) -> None:
        collected = self._collected[name]
        with self._changed:
            came = self._changed.wait_for(
                lambda: collected.count(text) >= times or self._has_ended(), LIMIT
            )
        if not came or collected.count(text) < times:
            raise AssertionError(f"{text!r} isn't in {name}: {self._collected}")

    def _has_ended(self) -> bool:
        return not any(collector.is_alive() for collector in self._collectors)

    def _collect(self, name: str) -> None:
        stream = getattr(self.process, name)
        while data := os.read(stream.fileno(), 1 << 20):
            with self._changed:
                self._collected[name] += data
                self._changed.notify_all()
        stream.close()


@contextmanager
def start(
    *arguments: str,
    stdin: int | bytes = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    redirect: str | None = None,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Running]:
    """
    Start the command; it is killed at the end if it still runs.

    Args:
        stdin: Descriptor, or bytes that are given through a pipe and end there.
        redirect: Redirections for a shell to make, such as ``>&-``.
        environment: Variables besides those of the tests.
        folder: Where it starts; that of the tests, unless given.
    """
    shell = [] if redirect is None else ["sh", "-c", f'exec "$0" "$@" {redirect}']
    process = subprocess.Popen(
        [*shell, WSTOOL, *arguments],
        stdin=subprocess.PIPE if isinstance(stdin, bytes) else stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        bufsize=0,
    )
    running = Running(process)
    if isinstance(stdin, bytes):
        threading.Thread(target=_give, args=(process, stdin), daemon=True).start()
    try:
        yield running
    finally:
        process.kill()
        process.wait()


def run(*arguments: str, limit: float = LIMIT, **options: object) -> Outcome:
    """
    Run the command to its end.

    Args:
        limit: Seconds that it may take.
        options: See ``start``.
    """
    with start(*arguments, **options) as running:
        return running.wait(limit)


@contextmanager
def serving(
    *arguments: str, command: tuple[str, ...] = (), **options: object
) -> Iterator[tuple[str, Running]]:
    """
    Run ``wstool serve`` on a free port; give its URL and the process.

    Args:
        command: What ``exec`` runs.
        options: See ``start``.
    """
    behind = ("--", *command) if command else ()
    with start("serve", *arguments, "--port", "0", *behind, **options) as running:
        running.wait_for_stdout(b"\n")
        yield running.stdout.decode().strip(), running


def _give(process: subprocess.Popen[bytes], data: bytes) -> None:
    stream = process.stdin
    if stream is None:
        raise AssertionError("there is no pipe to stdin")
    rest = memoryview(data)
    with stream:
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except BrokenPipeError:
            # It doesn't want all of it; what it says about that is for the test.
            return
