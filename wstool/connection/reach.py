"""Reaching a server: which address, through which proxy, from where."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket

from wstool.connection.options import ConnectOptions
from wstool.connection.race import connect_first
from wstool.connection.resolve import resolve
from wstool.connection.translate import translate_connect_error


__all__ = ["Carrier", "reach"]

Carrier = socket
"""What carries the bytes between us and the server."""


async def reach(options: ConnectOptions, step: Callable[[str], None]) -> Carrier:
    """
    Connect to the server of a URI, or to what leads there.

    Args:
        step: Is told what is being done, for the message of a time limit.

    Raises:
        ConnectFailed: If that fails.
    """
    uri = options.uri
    step(f"resolving {uri.host}")
    try:
        addresses = await resolve(uri.host, uri.port)
        step(f"connecting to {uri.host_header}")
        return await connect_first(addresses)
    except OSError as error:
        raise translate_connect_error(error, uri.host_header) from error
