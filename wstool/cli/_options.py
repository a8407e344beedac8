"""
Options that every client command shares: each is written once.

A decorator adds a group of options to a subcommand and hands them over as one value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._endpoint import add_endpoint_options, collect_endpoint
from wstool.cli._reconnect_options import ReconnectArguments, reconnect_options
from wstool.cli._request import RequestArguments
from wstool.cli._request_options import request_options
from wstool.cli._route_options import route_options
from wstool.cli._tls_options import tls_options
from wstool.cli._types import BYTES, SECONDS
from wstool.connection.options import EndpointOptions, RouteOptions, TLSOptions
from wstool.wire.close import MAX_REASON_SIZE, Close, is_sendable


__all__ = ["ClientArguments", "client_options"]


class ClientArguments(NamedTuple):
    """What the options of every client command say."""

    request: RequestArguments
    route: RouteOptions
    tls: TLSOptions
    reconnect: ReconnectArguments
    connect_timeout: float
    max_time: float | None
    fragment_size: int
    endpoint: EndpointOptions
    close_code: int
    close_reason: str
    ok_close: frozenset[int]
    verbose: bool
    quiet: bool

    @property
    def close(self) -> Close:
        """What our close frame says."""
        return Close(self.close_code, self.close_reason)


def client_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every client command; they come as ``client``."""
    fields = ClientArguments._fields
    command = collect_values(command, "client", ClientArguments, fields)
    command = collect_endpoint(command)
    for add_group in (reconnect_options, tls_options, route_options, request_options):
        command = add_group(command)
    add_endpoint_options(command, max_size="64M")
    return add_options(command, _OPTIONS)


def _check_close_code(ctx: click.Context, param: click.Parameter, value: int) -> int:
    if not is_sendable(value):
        raise click.BadParameter(f"{value} must not be sent in a close frame.")
    return value


def _check_reason(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise click.BadParameter(f"{value!r} isn't valid UTF-8.") from None
    if size > MAX_REASON_SIZE:
        problem = f"{size} bytes of UTF-8 are more than {MAX_REASON_SIZE}."
        raise click.BadParameter(problem)
    return value


def _parse_codes(
    ctx: click.Context, param: click.Parameter, value: str
) -> frozenset[int]:
    codes = {1000, 1001}
    for code in filter(None, value.split(",")):
        if not (code.isascii() and code.isdigit() and 1000 <= int(code) <= 4999):
            raise click.BadParameter(f"{code!r} isn't a close code.")
        codes.add(int(code))
    return frozenset(codes)


_OPTIONS: list[Decorator] = [
    option(
        "--connect-timeout",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        default=10,
        show_default=True,
        help="Limit for connecting, handshake included; 0 for none.",
    ),
    option(
        "-m",
        "--max-time",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        help="Limit for everything.",
    ),
    option(
        "--fragment-size",
        group="Messages",
        metavar="BYTES",
        type=BYTES,
        default=0,
        help="Send messages in fragments of at most this size.",
    ),
    option(
        "--close-code",
        group="Connection",
        metavar="CODE",
        type=int,
        default=1000,
        show_default=True,
        callback=_check_close_code,
        help="Close with this code.",
    ),
    option(
        "--close-reason",
        group="Connection",
        metavar="TEXT",
        default="",
        callback=_check_reason,
        help="Close with this reason.",
    ),
    option(
        "--ok-close",
        group="Connection",
        metavar="CODE,...",
        default="",
        callback=_parse_codes,
        help="Close codes of the peer that are no error, besides 1000 and 1001.",
    ),
    option(
        "-v",
        "--verbose",
        group="Output",
        is_flag=True,
        help="Show the handshake on stderr.",
    ),
    option(
        "-q",
        "--quiet",
        group="Output",
        is_flag=True,
        help="Show only errors on stderr.",
    ),
]
