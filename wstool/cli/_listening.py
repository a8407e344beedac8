"""Options for whatever listens."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._endpoint import (
    add_endpoint_options,
    collect_endpoint,
    subprotocol_option,
)
from wstool.cli._types import SECONDS
from wstool.cli._variables import refuse_without
from wstool.connection.listen import ListenOptions
from wstool.connection.options import EndpointOptions


__all__ = ["listen_options"]


def listen_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a server; they come as ``options``."""
    add_endpoint_options(command, max_size="16M")
    add_options(command, _OPTIONS)
    return collect_endpoint(collect_values(command, "options", _make, _FIELDS))


def _make(
    *,
    host: tuple[str, ...],
    port: tuple[int, ...],
    unix_socket: tuple[str, ...],
    subprotocol: tuple[str, ...],
    subprotocol_required: bool,
    compression: bool,
    handshake_timeout: float,
    endpoint: EndpointOptions,
) -> ListenOptions:
    if not subprotocol:
        refuse_without("--subprotocol", ["subprotocol_required"])
    if not compression:
        refuse_without("compression", ["compress_min"])
    return ListenOptions(
        addresses=_find_addresses(host, port, only_unix=bool(unix_socket)),
        unix_sockets=unix_socket,
        subprotocols=subprotocol,
        subprotocol_required=subprotocol_required,
        compression=compression,
        handshake_timeout=handshake_timeout,
        endpoint=endpoint,
    )


def _find_addresses(
    hosts: tuple[str, ...], ports: tuple[int, ...], *, only_unix: bool
) -> tuple[tuple[str, int], ...]:
    """Combine hosts and ports; beside Unix sockets only those asked for."""
    if only_unix and not hosts and not ports:
        return ()
    return tuple(
        (host, port)
        for host in hosts or (_DEFAULTS.host,)
        for port in ports or (_DEFAULTS.port,)
    )


_DEFAULTS = ListenOptions()
_FIELDS = (
    "host",
    "port",
    "unix_socket",
    "subprotocol",
    "subprotocol_required",
    "compression",
    "handshake_timeout",
    "endpoint",
)
_OPTIONS: list[Decorator] = [
    option(
        "--host",
        group="Listening",
        metavar="ADDRESS",
        multiple=True,
        help=f"Address, {_DEFAULTS.host} unless given. Repeatable.",
    ),
    option(
        "-p",
        "--port",
        group="Listening",
        metavar="PORT",
        type=click.IntRange(0, 65535),
        multiple=True,
        help=f"Port, {_DEFAULTS.port} unless given; 0 for any free one. Repeatable.",
    ),
    option(
        "--unix-socket",
        group="Listening",
        general=False,
        metavar="PATH",
        multiple=True,
        help="Listen on a Unix socket, and on no port unless that is given. "
        "Repeatable.",
    ),
    subprotocol_option(
        "Speak a subprotocol. Repeatable, the preferred one first.", group="Access"
    ),
    option(
        "--require-subprotocol/--prefer-subprotocol",
        "subprotocol_required",
        group="Access",
        default=True,
        show_default=True,
        help="Refuse clients that speak none of them, or go on without.",
    ),
    option(
        "--handshake-timeout",
        group="Limits",
        metavar="SECONDS",
        type=SECONDS,
        default=10,
        show_default=True,
        help="Limit for an opening handshake.",
    ),
]
