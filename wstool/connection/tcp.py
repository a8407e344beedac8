"""TCP and Unix sockets to where an option, a rule or the resolver says."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from wstool.connection.addressing import find_addresses
from wstool.connection.options import RouteOptions
from wstool.connection.race import connect_first
from wstool.connection.resolve import Address, WrongFamily, resolve
from wstool.connection.translate import describe_os_error, translate_connect_error
from wstool.errors import ConnectFailed, WstoolError


if TYPE_CHECKING:
    from typing import Protocol

    class Step(Protocol):
        """Is told what is being done, for the message of a time limit."""

        def __call__(self, doing: str, give_up: GiveUp | None = None, /) -> None:
            """Take note of what is being done now."""


__all__ = [
    "GiveUp",
    "connect_tcp",
    "connect_unix",
    "describe_unix_socket",
    "look_up",
]

# A full backlog of a Unix socket gives no sign when there is room again.
_UNIX_PAUSE = 0.05

GiveUp = Callable[[str], WstoolError | None]
"""Given why no more came, says what is known when time is up, if it's worth telling."""


async def connect_tcp(
    host: str, port: int, route: RouteOptions, step: Step, *, name: str, target: str
) -> socket.socket:
    """
    Connect to a host and port, by the rules of a route.

    Args:
        name: What to call the host in a message.
        target: What to call host and port.

    Raises:
        ConnectFailed: If that fails.
    """
    bind = None
    if route.interface is not None:
        step(f"resolving {route.interface}")
        bind = await _find_source(route.interface)
    step(f"resolving {name}")
    try:
        addresses = await look_up(host, port, route)
        step(f"connecting to {target}")
        return await connect_first(addresses, bind=bind)
    except OSError as error:
        raise translate_connect_error(error, target) from error


async def look_up(
    host: str, port: int, route: RouteOptions, *, family: int | None = None
) -> list[Address]:
    """
    Look a host up, by the rules of a route.

    Args:
        family: Of the addresses, if it isn't for the route to say.

    Raises:
        OSError: If it does not resolve, or is an address of the wrong family.
    """
    given = find_addresses(host, port, route.resolve)
    if given:
        # As in curl: for these, the choice of a family has been made.
        return [found for text in given for found in await resolve(text, port)]
    if family is not None:
        return await resolve(host, port, family=family)
    _check_family(host, route.family)
    return await resolve(host, port, family=route.family)


async def connect_unix(path: str, step: Step) -> socket.socket:
    """
    Connect to a Unix socket.

    Args:
        path: Begins with a NUL where it's none of the file system.

    Raises:
        ConnectFailed: If that fails.
    """
    target = describe_unix_socket(path)
    step(f"connecting to {target}")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        while not _try_unix(sock, path):
            await asyncio.sleep(_UNIX_PAUSE)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            raise translate_connect_error(error, target) from error
        raise
    return sock


def describe_unix_socket(path: str) -> str:
    """Name a Unix socket; an abstract one as netstat shows it."""
    return f"Unix socket {path.replace(chr(0), '@', 1)}"


def _check_family(host: str, wanted: int) -> None:
    """Check that a host which is an address is one of the family that is wanted."""
    if wanted == socket.AF_INET and ":" in host:
        raise WrongFamily("an IPv6 address contradicts -4/--ipv4")
    if wanted == socket.AF_INET6 and _is_ipv4(host):
        raise WrongFamily("an IPv4 address contradicts -6/--ipv6")


def _is_ipv4(host: str) -> bool:
    try:
        # As the resolver does, this takes 127.1 too.
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _try_unix(sock: socket.socket, path: str) -> bool:
    try:
        sock.connect(os.fsencode(path))
    except BlockingIOError:
        return False
    return True


async def _find_source(interface: str) -> Callable[[socket.socket], None]:
    from wstool.connection.source import find_source

    try:
        return await find_source(interface)
    except OSError as error:
        problem = describe_os_error(error)
        raise ConnectFailed(interface, problem, doing="connect from") from error
