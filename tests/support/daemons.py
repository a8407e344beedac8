"""Proxies and gateways from Debian, each on a free port for as long as a test needs."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


__all__ = ["find_free_port", "run_daemon", "write"]

LIMIT = 20
"""Seconds in which a daemon has to listen."""

_FOLDERS = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


def find_free_port() -> int:
    """Find a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def write(path: Path, text: str) -> str:
    """Write a file; give its path."""
    path.write_text(text)
    return str(path)


@contextmanager
def run_daemon(*command: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run a daemon in the foreground until it isn't needed any more.

    Args:
        port: Where it listens once it is ready.

    Raises:
        RuntimeError: If it isn't installed.
    """
    name, *arguments = command
    program = shutil.which(name, path=_FOLDERS)
    if program is None:
        raise RuntimeError(f"{name} isn't installed")
    process = subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_until_listening(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > deadline:
                words = process.communicate()[1] if process.poll() is not None else b""
                raise AssertionError(f"it doesn't listen: {words!r}") from None
            time.sleep(0.02)
        else:
            return
