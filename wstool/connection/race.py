"""Connecting to the address that answers first (RFC 8305, "Happy Eyeballs")."""

from __future__ import annotations

import asyncio
import socket
from itertools import zip_longest

from wstool.connection.resolve import Address


__all__ = ["connect_first"]

# RFC 8305, 5: the time after which a person would notice.
_HEAD_START = 0.25


async def connect_first(
    addresses: list[Address], *, head_start: float = _HEAD_START
) -> socket.socket:
    """
    Connect to the first address that answers.

    Each address has a head start before the next one is tried beside it, so that one
    where nobody answers costs little. The families take turns.

    Args:
        head_start: Seconds.

    Raises:
        OSError: If all addresses fail: what the last one raised.
    """
    if len(addresses) == 1:
        return await _connect(addresses[0])
    problem: BaseException = OSError("the name has no address")
    left = _alternate_families(addresses)[::-1]
    trying: set[asyncio.Task[socket.socket]] = set()
    try:
        while left or trying:
            if left:
                trying.add(asyncio.ensure_future(_connect(left.pop())))
            done, _ = await asyncio.wait(
                trying,
                timeout=head_start if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                trying.remove(task)
                error = task.exception()
                if error is None:
                    return task.result()
                problem = error
    finally:
        for task in trying:
            task.cancel()
            task.add_done_callback(_close_late)
    raise problem


def _alternate_families(addresses: list[Address]) -> list[Address]:
    """Let the families take turns, the resolver's first choice first (4)."""
    first = [a for a in addresses if a.family == addresses[0].family]
    others = [a for a in addresses if a.family != addresses[0].family]
    pairs = zip_longest(first, others)
    return [address for pair in pairs for address in pair if address is not None]


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # asyncio does this only for the sockets that it makes. Without it a small
        # message waits for the acknowledgement of the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    """Close a socket that has connected when another one was faster."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
