"""The rows of the server beside Bun, with TLS, under many and under slow clients."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from programs import Programs, Server
from rows import IDLE_CONNECTIONS, Kind, Row

from support.raw_client import open_client


__all__ = ["make_server_rows"]

MANY_CONNECTIONS = 20_000
LARGE = (2_000, 2_000)
"""Size and number of messages."""
IDLE_SECONDS = 25
"""Longer than the interval of pings, so that they are in what is measured."""


def make_server_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [
        *_bun_rows(programs),
        _tls_row(programs),
        _slow_row(programs),
        _idle_row(programs),
        _accept_row(programs),
    ]


def _bun_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows beside Bun."""
    for connections, depth, size, target in (
        (32, 1, 64, 0.65),
        (8, 32, 64, 0.6),
        (8, 1, 65_536, 1.0),
    ):
        load = (connections, depth, size)
        yield Row(
            f"echo-{connections}x{depth}-{size}-bun",
            f"`serve echo`: {connections} connections × {depth} in flight, {size:,} B",
            Kind.RATE,
            "messages/s",
            target,
            lambda load=load: _echo(programs, programs.serve_wstool("echo"), load),
            "Bun",
            lambda load=load: _echo(programs, programs.serve_bun("echo"), load),
        )
    yield Row(
        "fanout-1000-bun",
        "`serve broadcast`: 1 → 1,000, 100 B",
        Kind.RATE,
        "deliveries/s",
        1.0,
        lambda: _fan_out(programs, programs.serve_wstool("broadcast")),
        "Bun, publish",
        lambda: _fan_out(programs, programs.serve_bun("broadcast")),
    )


def _tls_row(programs: Programs) -> Row:
    """Make the row of TLS."""
    load = (32, 1, 64)
    return Row(
        "tls-32x1",
        "`serve echo` with TLS: 32 connections × 1 in flight, 64 B",
        Kind.RATE,
        "messages/s",
        1.0,
        lambda: _echo(programs, programs.serve_wstool_tls(), load, tls=True),
        "ws",
        lambda: _echo(programs, programs.serve_ws_tls(), load, tls=True),
    )


def _slow_row(programs: Programs) -> Row:
    """Make the row of a subscriber that reads nothing."""
    return Row(
        "slow-subscriber",
        "`serve broadcast`: 1 → 1,000, 2,000 B, with one more that reads nothing",
        Kind.RATE,
        "deliveries/s",
        0.9,
        # Enough for the buffers of the one that reads nothing to be full early.
        lambda: _fan_out(
            programs, programs.serve_wstool("broadcast"), LARGE, slow=True
        ),
        "itself, without",
        lambda: _fan_out(programs, programs.serve_wstool("broadcast"), LARGE),
    )


def _idle_row(programs: Programs) -> Row:
    """Make the row of idle connections."""
    return Row(
        "idle-cpu",
        f"share of a core for {IDLE_CONNECTIONS:,} idle connections, keep-alive on",
        Kind.FIGURE,
        "%",
        5,
        partial(_idle_share, programs, IDLE_CONNECTIONS),
        "a tenth of them",
        partial(_idle_share, programs, IDLE_CONNECTIONS // 10),
        runs=1,
    )


def _accept_row(programs: Programs) -> Row:
    """Make the row of many connections."""
    return Row(
        "accept",
        f"refused of {MANY_CONNECTIONS:,} connections, as far as descriptors go",
        Kind.FIGURE,
        "connections",
        0,
        partial(_count_refused, programs),
        "descriptors",
        lambda: float(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        runs=1,
    )


def _echo(
    programs: Programs,
    serving: object,
    load: tuple[int, int, int],
    *,
    tls: bool = False,
) -> float:
    """Measure a server's echo: messages a second."""
    with serving as server:
        return programs.run_load("echo", server.port, *load, 2, tls=tls)["per_s"]


def _fan_out(
    programs: Programs,
    serving: object,
    load: tuple[int, int] = (100, 1600),
    *,
    slow: bool = False,
) -> float:
    """Measure a server's deliveries a second."""
    with ExitStack() as stack:
        server = stack.enter_context(serving)
        if slow:
            sock, _ = open_client(server.uri)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stack.enter_context(sock)
        result = programs.run_load("fanout", server.port, 1001, *load)
    if result["lost"]:
        raise RuntimeError(f"{result['lost']:.0f} deliveries were lost")
    return result["per_s"]


def _idle_share(programs: Programs, count: int) -> float:
    """Measure the share of a core that idle connections cost."""
    with (
        programs.serve_wstool("echo") as server,
        programs.hold_idle(server.port, count, deflate=False),
    ):
        before = _cpu_seconds(server)
        time.sleep(IDLE_SECONDS)
        return (_cpu_seconds(server) - before) / IDLE_SECONDS * 100


def _count_refused(programs: Programs) -> float:
    """Count the connections that were not opened, of as many as there can be."""
    # The load's own descriptors, and some that are needed for other things.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100
    count = min(MANY_CONNECTIONS, limit)
    with programs.serve_wstool("echo") as server:
        result = programs.run_load("idle", server.port, count, 1)
    return count - result["opened"] + result["lost"]


def _cpu_seconds(server: Server) -> float:
    """Read the CPU time of a server."""
    with open(f"/proc/{server.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
