"""A Redis of the test's own, on a free port, that can go away and come back."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import contextmanager


__all__ = ["RedisServer", "running_redis"]

LIMIT = 20


class RedisServer:
    """Debian's redis-server, which writes down all that it is told."""

    def __init__(self, folder, *options):
        """Start it."""
        self.folder = folder
        self._options = options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process = None
        self.start()

    def start(self):
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self.folder), "--save", "", "--appendonly", "yes"),
                *self._options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + LIMIT
        while b"PONG" not in self._ask(b"PING\r\n"):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError("redis-server doesn't start")
            time.sleep(0.02)

    def stop(self, number=signal.SIGTERM):
        """End it with a signal."""
        self._process.send_signal(number)
        self._process.wait(LIMIT)

    def flush(self):
        """Let it forget everything."""
        assert b"OK" in self._ask(b"FLUSHALL\r\n")

    def tell(self, command):
        """Give it a command, and return what it answers."""
        return self._ask(command.encode() + b"\r\n")

    def _ask(self, command):
        try:
            with socket.create_connection(("127.0.0.1", self.port), LIMIT) as sock:
                sock.sendall(command)
                return sock.recv(1 << 16)
        except ConnectionError:
            return b""


@contextmanager
def running_redis(folder, *options):
    """Run a Redis for as long as a test needs it."""
    server = RedisServer(folder, *options)
    try:
        yield server
    finally:
        server.stop(signal.SIGKILL)
