"""Listening sockets: several addresses, and Unix sockets."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.translate import describe_os_error
from wstool.errors import ConnectFailed


__all__ = ["BACKLOG", "Binding", "bind", "bind_unix", "write_url"]

BACKLOG = 4096
"""Connections that the kernel keeps until they are accepted."""

_Factory = Callable[[], asyncio.Protocol]


class Binding(NamedTuple):
    """A server's place."""

    server: asyncio.Server
    address: tuple[str, int] | str
    """Host and port, or the path of a Unix socket."""
    inode: int = 0
    """Tells a Unix socket from another one at the same path."""

    def describe(self, scheme: str) -> str:
        """Write its URL; for a Unix socket as npm's ``ws`` writes it."""
        if isinstance(self.address, str):
            return f"{scheme}+unix:{self.address}:/"
        return write_url(scheme, *self.address)

    def close(self) -> None:
        """Accept nothing more, and take a Unix socket away."""
        self.server.close()
        if isinstance(self.address, str) and _find_inode(self.address) == self.inode:
            try:
                os.unlink(self.address)
            except OSError:
                # Somebody else was quicker, or took the folder away.
                return


def write_url(scheme: str, host: str, port: int) -> str:
    """Write the URL of an address."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


async def bind(
    factory: _Factory, host: str, port: int, *, reuse_port: bool = False
) -> Binding:
    """
    Listen on an address.

    Raises:
        ConnectFailed: If it can't be had.
    """
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            factory, host, port, backlog=BACKLOG, reuse_port=reuse_port or None
        )
    except OSError as error:
        raise _translate(f"{host}:{port}", error) from error
    return Binding(server, server.sockets[0].getsockname()[:2])


async def bind_unix(factory: _Factory, path: str) -> Binding:
    """
    Listen on a Unix socket; one that nobody listens on any more is replaced.

    Raises:
        ConnectFailed: If it can't be had.
    """
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    try:
        _bind_path(sock, path)
        server = await loop.create_unix_server(factory, sock=sock, backlog=BACKLOG)
    except OSError as error:
        sock.close()
        raise _translate(path, error) from error
    return Binding(server, path, _find_inode(path))


def _bind_path(sock: socket.socket, path: str) -> None:
    try:
        sock.bind(path)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not _is_abandoned(path):
            raise
        os.unlink(path)
        sock.bind(path)


def _is_abandoned(path: str) -> bool:
    """Tell whether nobody listens on a Unix socket; a file is no socket."""
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        return probe.connect_ex(path) == errno.ECONNREFUSED


def _find_inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0


def _translate(target: str, error: OSError) -> ConnectFailed:
    number = error.errno
    # What Python adds to it is only the target once more.
    if number is not None and number > 0 and not isinstance(error, socket.gaierror):
        error = OSError(number, os.strerror(number))
    return ConnectFailed(target, describe_os_error(error), doing="listen on")
