"""Connecting to the address that answers first (RFC 8305, "Happy Eyeballs")."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from itertools import zip_longest

from wstool.connection.resolve import Address
from wstool.connection.translate import describe_os_error


__all__ = ["connect_first"]

# RFC 8305, 5: the time after which a person would notice.
_HEAD_START = 0.25
# A name can have any number of addresses.
_MAX_NAMED = 8

Bind = Callable[[socket.socket], None]


async def connect_first(
    addresses: list[Address],
    *,
    bind: Bind | None = None,
    head_start: float = _HEAD_START,
) -> socket.socket:
    """
    Connect to the first address that answers.

    Each address has a head start before the next one is tried beside it, so that one
    where nobody answers costs little; one that fails makes way at once. The families
    take turns.

    Args:
        bind: Says where a socket connects from.
        head_start: Seconds.

    Raises:
        OSError: If all addresses fail, with what each of them raised.
    """
    if len(addresses) == 1:
        return await _connect(addresses[0], bind)
    problems: list[str] = []
    left = _alternate_families(addresses)[::-1]
    trying: dict[asyncio.Task[socket.socket], Address] = {}
    try:
        while left or trying:
            if left:
                address = left.pop()
                trying[asyncio.ensure_future(_connect(address, bind))] = address
            done, _ = await asyncio.wait(
                trying,
                timeout=head_start if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                address = trying.pop(task)
                error = task.exception()
                if error is None:
                    return task.result()
                problems.append(_describe(address, error))
    finally:
        for task in trying:
            task.cancel()
            task.add_done_callback(_close_late)
    raise OSError(_join(problems) or "the name has no address")


def _describe(address: Address, error: BaseException) -> str:
    if not isinstance(error, OSError):
        raise error
    return f"{address.sockaddr[0]!s}: {describe_os_error(error)}"


def _join(problems: list[str]) -> str:
    """Name each address with its problem, as far as a person wants to read that."""
    more = len(problems) - _MAX_NAMED
    named = problems[:_MAX_NAMED] + ([f"and {more} more"] if more > 0 else [])
    return ", ".join(named)


def _alternate_families(addresses: list[Address]) -> list[Address]:
    """Let the families take turns, the resolver's first choice first (4)."""
    first = [a for a in addresses if a.family == addresses[0].family]
    others = [a for a in addresses if a.family != addresses[0].family]
    pairs = zip_longest(first, others)
    return [address for pair in pairs for address in pair if address is not None]


async def _connect(address: Address, bind: Bind | None) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # asyncio does this only for the sockets that it makes. Without it a small
        # message waits for the acknowledgement of the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if bind is not None:
            bind(sock)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    """Close a socket that has connected when another one was faster."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
