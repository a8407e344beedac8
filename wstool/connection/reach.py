"""Reaching a server: which address, through which proxy, from where."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, cast

from wstool.connection.addressing import redirect
from wstool.connection.options import ConnectOptions
from wstool.connection.tcp import (
    connect_tcp,
    connect_unix,
    describe_unix_socket,
)
from wstool.errors import UsageError


if TYPE_CHECKING:
    from wstool.connection.facts import Route
    from wstool.connection.proxies import Proxy
    from wstool.connection.tcp import Step


__all__ = ["Carrier", "reach"]

Carrier = socket.socket | asyncio.Transport
"""
What carries the bytes between us and the server.

A transport has nothing received or to be sent, and its reading is paused.
"""


async def reach(options: ConnectOptions, step: Step) -> Carrier:
    """
    Connect to the server of a URI, or to what leads there.

    Args:
        step: Is told what is being done, for the message of a time limit.

    Raises:
        ConnectFailed: If that fails, or a proxy refuses.
        TLSFailed: If TLS with a proxy fails.
        UsageError: If the proxy is named by what is no URL of one, or options don't
            fit the URI.
    """
    socket_path = _find_unix_socket(options)
    # As in curl, a Unix socket is reached without a proxy.
    if socket_path is not None:
        carrier: Carrier = await connect_unix(socket_path, step)
        proxy = None
    else:
        proxy = _find_proxy(options)
        carrier = await _connect(options, proxy, step)
    if options.observer.connected is not None:
        options.observer.connected(_describe(carrier, proxy))
    return carrier


def _find_unix_socket(options: ConnectOptions) -> str | None:
    """Find the path of the socket that the URI or an option names, if one does."""
    named, route = options.uri.unix_socket, options.route
    if named is None:
        return route.unix_socket
    if route.unix_socket is not None:
        raise UsageError(f"{options.uri} names another Unix socket than the option")
    if route.proxy.proxy and not route.proxy.yields:
        raise UsageError("a Unix socket can't be reached through --proxy")
    return named


def _find_proxy(options: ConnectOptions) -> Proxy | None:
    proxy = options.route.proxy
    if proxy.proxy == "":
        return None
    if proxy.proxy is None and not any(
        name.lower().endswith("_proxy") for name in os.environ
    ):
        return None
    from wstool.connection.proxies import find_proxy

    return find_proxy(options.uri, proxy, os.environ)


async def _connect(options: ConnectOptions, proxy: Proxy | None, step: Step) -> Carrier:
    uri, route = options.uri, options.route
    host, port = redirect(uri.host, uri.port, route.connect_to)
    target = uri.host_header
    if (host, port) != (uri.host, uri.port):
        target = f"{_join(host, port)} (for {target})"
    if proxy is None:
        return await connect_tcp(host, port, route, step, name=host, target=target)
    from wstool.connection.tunnel import tunnel

    return await tunnel(proxy, host, port, options, step, target=target)


def _describe(carrier: Carrier, proxy: Proxy | None) -> Route:
    from wstool.connection.facts import Route

    sock = carrier
    if not isinstance(sock, socket.socket):
        sock = cast(socket.socket, sock.get_extra_info("socket"))
    url = None if proxy is None else proxy.url
    try:
        remote, local = sock.getpeername(), sock.getsockname()
    except OSError:
        # It has ended already, which whoever uses it will notice.
        return Route("", "", url)
    if sock.family == socket.AF_UNIX:
        return Route(describe_unix_socket(os.fsdecode(remote)), "")
    return Route(_join(*remote[:2]), _join(*local[:2]), url)


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
