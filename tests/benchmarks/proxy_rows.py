"""The rows of `inspect --listen`: what passes through it, and the same without it."""

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


_TRANSFERS = (
    ("down", 1_000_000_000, 1),
    ("down", 1_000_000, 1_000),
    ("up", 1_000_000, 1_000),
    ("down", 65_536, 16_384),
    ("up", 65_536, 16_384),
)
"""Direction, bytes of a message, messages: about 1 GB each."""
_WAYS = {"down": "from a server", "up": "to a server"}


def make_proxy_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [*_transfer_rows(programs), *_echo_rows(programs)]


def _transfer_rows(programs: Programs) -> list[Row]:
    """Make the rows of transfers between two ends on ws."""
    return [
        Row(
            f"proxy-{direction}-{size}",
            f"through `inspect --listen`: {count:,} × {size:,} B {_WAYS[direction]} on"
            " ws",
            Kind.SPEED,
            "s",
            0.5,
            partial(_transfer, programs, (direction, size, count), proxied=True),
            "without it",
            partial(_transfer, programs, (direction, size, count), proxied=False),
        )
        for direction, size, count in _TRANSFERS
    ]


def _transfer(
    programs: Programs, transfer: tuple[str, int, int], *, proxied: bool
) -> float:
    """Measure the seconds until the last message of a transfer has arrived."""
    with ExitStack() as stack:
        server = stack.enter_context(programs.serve_ws_transfer(*transfer))
        uri = server.uri
        if proxied:
            uri = stack.enter_context(programs.serve_proxy(uri)).uri
        return programs.run_ws_transfer(uri, *transfer)


def _echo_rows(programs: Programs) -> list[Row]:
    """Make the rows of echoes, for which both ends wait."""
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
