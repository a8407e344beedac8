"""Options of both ends of a connection."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._types import BYTES, SECONDS
from wstool.connection.options import EndpointOptions
from wstool.wire.handshake import is_token


__all__ = ["add_endpoint_options", "collect_endpoint", "subprotocol_option"]

_DEFAULTS = EndpointOptions()
_FIELDS = (
    "max_size",
    "compress_min",
    "close_timeout",
    "ping_interval",
    "ping_timeout",
)


def add_endpoint_options(
    command: Callable[..., None], *, max_size: str
) -> Callable[..., None]:
    """Add the options of an endpoint, to be collected by ``collect_endpoint``."""
    return add_options(command, [*_OPTIONS, _max_size_option(max_size)])


def collect_endpoint(command: Callable[..., None]) -> Callable[..., None]:
    """
    Hand the options of an endpoint over as ``endpoint``.

    Whether to compress comes apart, as ``compression``: the handshake settles that.
    """
    return collect_values(command, "endpoint", EndpointOptions, _FIELDS)


def subprotocol_option(help_: str, *, group: str = "HTTP") -> Decorator:
    """Make ``-s/--subprotocol``."""
    return option(
        "-s",
        "--subprotocol",
        group=group,
        metavar="NAME",
        multiple=True,
        callback=_check_subprotocols,
        help=help_,
    )


def _check_subprotocols(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    for value in values:
        # 4.1: anything else would fall apart in the header's list.
        if not is_token(value):
            raise click.BadParameter(f"{value!r} isn't a token.")
    return values


def _max_size_option(default: str) -> Decorator:
    return option(
        "--max-size",
        group="Connection",
        metavar="BYTES",
        type=BYTES,
        default=default,
        show_default=True,
        help="Take no message over this size; 0 for no limit.",
    )


_OPTIONS: list[Decorator] = [
    option(
        "--no-compression",
        "compression",
        group="Connection",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Don't use permessage-deflate.",
    ),
    option(
        "--compress-min",
        group="Connection",
        metavar="BYTES",
        type=BYTES,
        default=_DEFAULTS.compress_min,
        show_default=True,
        help="Compress messages from this size on.",
    ),
    option(
        "--close-timeout",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        default=f"{_DEFAULTS.close_timeout:g}",
        show_default=True,
        help="Limit for the closing handshake.",
    ),
    option(
        "--ping-interval",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        default=f"{_DEFAULTS.ping_interval:g}",
        show_default=True,
        help="Ping this often; 0 for never.",
    ),
    option(
        "--ping-timeout",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        default=f"{_DEFAULTS.ping_timeout:g}",
        show_default=True,
        help="Limit for silence after a ping; 0 for none.",
    ),
]
