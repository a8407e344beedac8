"""The rows of `bench`: the load that it makes beside that of wsload, on one server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial

from programs import LIMIT, WSTOOL, Programs
from rows import Kind, Row


__all__ = ["make_load_rows"]

_SIZE, _SECONDS = 64, 2


def make_load_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [*_rate_rows(programs), *_latency_rows(programs)]


def _rate_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of a server that is faster than any load."""
    for connections, depth, target in ((32, 1, 0.6), (8, 32, 0.5)):
        load = (connections, depth)
        yield Row(
            f"bench-{connections}x{depth}",
            f"`bench` on Bun: {connections} connections × {depth} in flight, {_SIZE} B",
            Kind.RATE,
            "messages/s",
            target,
            partial(_bench_rate, programs, load),
            "wsload",
            partial(_wsload_rate, programs, load),
        )


def _latency_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of a server that both wait for."""
    for percent in (50, 99):
        yield Row(
            f"bench-p{percent}",
            f"`bench` on `serve echo`: p{percent}, 32 connections × 1 in flight",
            Kind.SHARE,
            "s",
            1.15,
            partial(_bench_latency, programs, percent),
            "wsload",
            partial(_wsload_latency, programs, percent),
        )


def _bench_rate(programs: Programs, load: tuple[int, int]) -> float:
    with programs.serve_bun("echo") as server:
        return float(_bench(programs, server.uri, *load)["messages"]["rate"])


def _wsload_rate(programs: Programs, load: tuple[int, int]) -> float:
    with programs.serve_bun("echo") as server:
        return programs.run_load("echo", server.port, *load, _SIZE, _SECONDS)["per_s"]


def _bench_latency(programs: Programs, percent: int) -> float:
    with programs.serve_wstool("echo") as server:
        latency = _bench(programs, server.uri, 32, 1)["latency"]
    return float(latency["percentiles_ms"][str(percent)]) / 1e3


def _wsload_latency(programs: Programs, percent: int) -> float:
    with programs.serve_wstool("echo") as server:
        result = programs.run_load("echo", server.port, 32, 1, _SIZE, _SECONDS)
    return result[f"p{percent}_us"] / 1e6


def _bench(programs: Programs, uri: str, connections: int, depth: int) -> dict:
    """Run it to its end; an error of any kind is one here too."""
    report = programs.folder / "bench.json"
    load = ["-c", connections, "--depth", depth, "--size", _SIZE, "-d", _SECONDS]
    subprocess.run(
        [
            *(WSTOOL, "bench", uri, *map(str, load), "--binary", "-q"),
            *("--fail-if", "errors > 0", "--report", str(report)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=LIMIT,
        check=True,
    )
    return json.loads(report.read_text())
