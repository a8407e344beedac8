"""Options for whatever listens."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values
from wstool.cli._endpoint import (
    add_endpoint_options,
    collect_endpoint,
    subprotocol_option,
)
from wstool.cli._types import SECONDS
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
    host: str,
    port: int,
    subprotocol: tuple[str, ...],
    subprotocol_required: bool,
    compression: bool,
    handshake_timeout: float,
    endpoint: EndpointOptions,
) -> ListenOptions:
    return ListenOptions(
        host=host,
        port=port,
        subprotocols=subprotocol,
        subprotocol_required=subprotocol_required,
        compression=compression,
        handshake_timeout=handshake_timeout,
        endpoint=endpoint,
    )


_FIELDS = (
    "host",
    "port",
    "subprotocol",
    "subprotocol_required",
    "compression",
    "handshake_timeout",
    "endpoint",
)
_OPTIONS: list[Decorator] = [
    click.option("--host", default="127.0.0.1", show_default=True, help="Address."),
    click.option(
        "-p",
        "--port",
        type=click.IntRange(0, 65535),
        default=8765,
        show_default=True,
        help="Port; 0 for any free one.",
    ),
    subprotocol_option("Speak a subprotocol. Repeatable, the preferred one first."),
    click.option(
        "--require-subprotocol/--prefer-subprotocol",
        "subprotocol_required",
        default=True,
        show_default=True,
        help="Refuse clients that speak none of them, or go on without.",
    ),
    click.option(
        "--handshake-timeout",
        metavar="SECONDS",
        type=SECONDS,
        default=10,
        show_default=True,
        help="Limit for an opening handshake.",
    ),
]
