"""
The rows of the table: what is measured, how, and what must be reached.

A row has two trials, one for wstool and one for its peer. Each trial starts fresh
processes, checks that nothing was lost, and returns one number.
"""

from __future__ import annotations

import enum
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from programs import LIMIT, WEBSOCAT, WSTOOL, Programs, Server, wscat


__all__ = ["Kind", "Row", "Trial", "make_rows"]

LINE_SIZE = 98
MESSAGE = "hello"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
IDLE_CONNECTIONS = 10_000

Trial = Callable[[], float]


class Kind(enum.Enum):
    """How the two numbers of a row make its result."""

    SPEED = "times as fast"
    """Seconds; the peer's divided by wstool's must reach the target."""
    RATE = "times as much"
    """Amounts a second; wstool's divided by the peer's must reach the target."""
    SHARE = "of its time"
    """Seconds; wstool's divided by the peer's must not exceed the target."""
    FIGURE = "at most"
    """wstool's number must not exceed the target; the other stands beside it."""


class Row(NamedTuple):
    """One line of the table."""

    name: str
    work: str
    kind: Kind
    unit: str
    target: float
    wstool: Trial
    peer_name: str
    peer: Trial
    runs: int = 5


def make_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [
        *_client_rows(programs),
        *_echo_rows(programs),
        *_broadcast_rows(programs),
        _memory_row(programs),
        *_start_rows(programs),
    ]


def _client_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of bulk data through a client."""
    for count, target in ((300_000, 2), (3_000_000, 3)):
        yield Row(
            f"send-{count}",
            f"`send --linger 0`: {count:,} lines of {LINE_SIZE} bytes from a file",
            Kind.SPEED,
            "s",
            target,
            partial(_send, programs, count, [WSTOOL, "send", "--linger", "0"]),
            "websocat",
            partial(_send, programs, count, [WEBSOCAT, "-t"]),
        )
    count = 300_000
    yield Row(
        "listen",
        f"`listen`: {count:,} text messages of {LINE_SIZE} bytes to a pipe",
        Kind.SPEED,
        "s",
        2.5,
        partial(_listen, programs, count, [WSTOOL, "listen", "-q"]),
        "websocat",
        partial(_listen, programs, count, [WEBSOCAT, "-t", "-E"]),
    )


def _echo_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of the echo server."""
    wstool = partial(programs.serve_wstool, "echo")
    peers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
        "websocat": partial(programs.serve_websocat, "mirror:"),
        "ws": programs.serve_ws,
    }
    for connections, depth, size, peer, target in (
        (32, 1, 64, "websocat", 0.85),
        (32, 1, 64, "ws", 1.3),
        (8, 32, 64, "websocat", 2),
        (8, 1, 65_536, "websocat", 1.5),
        (4, 1, 1_000_000, "ws", 1.5),
    ):
        load = (connections, depth, size)
        yield Row(
            f"echo-{connections}x{depth}-{size}-{peer}",
            f"`serve echo`: {connections} connections × {depth} in flight, {size:,} B",
            Kind.RATE,
            "messages/s" if size < 1024 else "MB/s",
            target,
            partial(_echo, programs, load, wstool),
            peer,
            partial(_echo, programs, load, peers[peer]),
        )


def _broadcast_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of the broadcast server."""
    for subscribers, messages in ((100, 2_000), (1_000, 200)):
        yield Row(
            f"broadcast-{subscribers}",
            f"`serve broadcast`: 1 → {subscribers:,}, 100 B",
            Kind.RATE,
            "deliveries/s",
            8,
            partial(
                _broadcast,
                programs,
                subscribers,
                # Enough of them for a run to take as long as the peer's.
                messages * 8,
                partial(programs.serve_wstool, "broadcast"),
            ),
            "websocat",
            partial(
                _broadcast,
                programs,
                subscribers,
                messages,
                partial(programs.serve_websocat, "broadcast:mirror:"),
            ),
        )


def _memory_row(programs: Programs) -> Row:
    """Make the row of memory."""
    return Row(
        "memory",
        f"memory for each of {IDLE_CONNECTIONS:,} idle connections",
        Kind.FIGURE,
        "bytes",
        4096,
        partial(_idle_memory, programs, deflate=False),
        "itself, with deflate in use",
        partial(_idle_memory, programs, deflate=True),
        runs=3,
    )


def _start_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of commands that end at once."""
    yield Row(
        "one-message",
        "one message, one reply (`send -n 1`)",
        Kind.SHARE,
        "s",
        0.85,
        partial(
            _one_message,
            programs,
            lambda uri: [WSTOOL, "send", "-n", "1", uri, MESSAGE],
        ),
        "wscat",
        partial(
            _one_message,
            programs,
            lambda uri: [*wscat(), "-c", uri, "-x", MESSAGE, "-w", "0"],
        ),
        runs=15,
    )
    yield Row(
        "key",
        "`key KEY`",
        Kind.SHARE,
        "s",
        0.6,
        partial(_time_command, [WSTOOL, "key", KEY]),
        "wscat --version",
        lambda: _time_command([*wscat(), "--version"]),
        runs=15,
    )


def _send(programs: Programs, count: int, command: list[str]) -> float:
    """Measure the seconds that a client takes to send a file of lines."""
    path = programs.write_lines(count, LINE_SIZE)
    with programs.serve_wspeer("sink") as server, open(path, "rb") as lines:
        start = time.perf_counter()
        subprocess.run(
            [*command, server.uri],
            stdin=lines,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=LIMIT,
        )
        seconds = time.perf_counter() - start
        arrived = json.loads(server.stdout.readline())["messages"]
    if arrived != count:
        raise RuntimeError(f"{command[0]} lost {count - arrived} messages")
    return seconds


def _listen(programs: Programs, count: int, command: list[str]) -> float:
    """Measure the seconds that a client takes to write messages to a pipe."""
    with (
        programs.serve_wspeer("source", count, LINE_SIZE) as server,
        _open_stdin() as stdin,
    ):
        start = time.perf_counter()
        client = subprocess.Popen(
            [*command, server.uri],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        counter = subprocess.run(
            ["wc", "-lc"],
            stdin=client.stdout,
            capture_output=True,
            check=True,
            timeout=LIMIT,
        )
        client.communicate(timeout=LIMIT)
        seconds = time.perf_counter() - start
    written = [int(number) for number in counter.stdout.split()]
    if written != [count, count * (LINE_SIZE + 1)]:
        raise RuntimeError(f"{command[0]} wrote {written} lines and bytes")
    return seconds


def _echo(
    programs: Programs,
    load: tuple[int, int, int],
    serve: Callable[[], AbstractContextManager[Server]],
) -> float:
    """Measure a server's echo: messages a second, or MB a second for large ones."""
    with serve() as server:
        result = programs.run_load("echo", server.port, *load, 2)
    return result["per_s"] if load[2] < 1024 else result["mb_s"]


def _broadcast(
    programs: Programs,
    subscribers: int,
    messages: int,
    serve: Callable[[], AbstractContextManager[Server]],
) -> float:
    """Measure a server's deliveries a second."""
    with serve() as server:
        result = programs.run_load(
            "fanout", server.port, subscribers + 1, 100, messages
        )
    if result["lost"]:
        raise RuntimeError(f"{result['lost']:.0f} deliveries were lost")
    return result["per_s"]


def _idle_memory(programs: Programs, *, deflate: bool) -> float:
    """Measure the bytes of memory that an idle connection costs the server."""
    with programs.serve_wstool("echo") as server:
        before = _resident_bytes(server.pid)
        with programs.hold_idle(server.port, IDLE_CONNECTIONS, deflate=deflate):
            # Twice the second in which a server sweeps over its connections.
            time.sleep(2)
            after = _resident_bytes(server.pid)
    return (after - before) / IDLE_CONNECTIONS


def _one_message(programs: Programs, command: Callable[[str], list[str]]) -> float:
    """Measure the seconds of a client that sends one message and prints the reply."""
    with programs.serve_wspeer("echo") as server:
        return _time_command(command(server.uri), output=f"{MESSAGE}\n")


def _time_command(command: list[str], *, output: str | None = None) -> float:
    """Measure the seconds that a command takes; its stdin stays open."""
    with _open_stdin() as stdin:
        start = time.perf_counter()
        result = subprocess.run(
            command, stdin=stdin, capture_output=True, check=True, timeout=LIMIT
        )
        seconds = time.perf_counter() - start
    if output is not None and result.stdout.decode() != output:
        raise RuntimeError(f"{command[0]} printed {result.stdout!r}")
    return seconds


@contextmanager
def _open_stdin() -> Iterator[int]:
    """Give a standard input on which nothing comes and that doesn't end."""
    reader, writer = os.pipe()
    try:
        yield reader
    finally:
        os.close(reader)
        os.close(writer)


def _resident_bytes(pid: int) -> int:
    """Read how much memory a process has resident."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no memory")
