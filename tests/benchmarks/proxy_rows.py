"""The rows of `inspect --listen`: echoes through the proxy beside those without it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from programs import Programs
from rows import Kind, Row


__all__ = ["make_proxy_rows"]

_LOADS = (
    (4, 1, 1_000_000, 0.5),
    (8, 1, 65_536, 0.5),
    (32, 1, 64, 0.5),
)
"""Connections, messages in flight, bytes, and what must be reached."""


def make_proxy_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [
        Row(
            f"proxy-{connections}x{depth}-{size}",
            f"through `inspect --listen`: {connections} connections × {depth} in"
            f" flight, {size:,} B",
            Kind.RATE,
            "messages/s",
            target,
            partial(_echo, programs, (connections, depth, size), proxied=True),
            "without it",
            partial(_echo, programs, (connections, depth, size), proxied=False),
        )
        for connections, depth, size, target in _LOADS
    ]


def _echo(programs: Programs, load: tuple[int, int, int], *, proxied: bool) -> float:
    """Measure the echoes a second."""
    with ExitStack() as stack:
        server = stack.enter_context(programs.serve_wstool("echo"))
        port = server.port
        if proxied:
            port = stack.enter_context(programs.serve_proxy(server.uri)).port
        return programs.run_load("echo", port, *load, 2)["per_s"]
