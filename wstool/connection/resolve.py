"""Name look-ups that neither block the loop nor outlive the process."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import NamedTuple


__all__ = ["Address", "WrongFamily", "resolve"]


class Address(NamedTuple):
    """Where a socket can connect to."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class WrongFamily(OSError):
    """A host is an address of a family that isn't wanted."""


async def resolve(
    host: str, port: int, *, family: int = socket.AF_UNSPEC
) -> list[Address]:
    """
    Look a host up, for addresses of one family or of any.

    The look-up runs in a daemon thread of its own: the resolver may hang for much
    longer than any limit of ours, and the exit must not wait for it.

    Raises:
        OSError: If the name does not resolve.
    """
    try:
        return _look_up(host, port, family, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()
    threading.Thread(
        target=_resolve_in_thread, args=(loop, found, host, port, family), daemon=True
    ).start()
    return await found


def _resolve_in_thread(
    loop: asyncio.AbstractEventLoop,
    found: asyncio.Future[list[Address]],
    host: str,
    port: int,
    family: int,
) -> None:
    outcome: list[Address] | OSError
    try:
        outcome = _look_up(host, port, family, 0)
    except (OSError, UnicodeError) as error:
        outcome = error if isinstance(error, OSError) else OSError(str(error))
    try:
        loop.call_soon_threadsafe(_settle, found, outcome)
    except RuntimeError:
        # The loop is closed: nobody waits any more.
        return


def _settle(
    found: asyncio.Future[list[Address]], outcome: list[Address] | OSError
) -> None:
    if found.done():
        return
    if isinstance(outcome, OSError):
        found.set_exception(outcome)
    else:
        found.set_result(outcome)


def _look_up(host: str, port: int, family: int, flags: int) -> list[Address]:
    infos = socket.getaddrinfo(
        host, port, family=family, type=socket.SOCK_STREAM, flags=flags
    )
    return [Address(info[0], info[4]) for info in infos]
