"""
Options that subcommands share: each is written once, here.

A decorator adds a group of options to a subcommand and hands them over as one value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values
from wstool.cli._endpoint import (
    add_endpoint_options,
    collect_endpoint,
    subprotocol_option,
)
from wstool.cli._types import BYTES, SECONDS
from wstool.connection.options import ConnectOptions, EndpointOptions, Observer
from wstool.wire.close import MAX_REASON_SIZE, Close, is_sendable
from wstool.wire.handshake import Header
from wstool.wire.uri import WebSocketURI


__all__ = [
    "ClientArguments",
    "client_options",
    "parse_header",
]


class ClientArguments(NamedTuple):
    """What the options of every client command say."""

    header: tuple[Header, ...]
    subprotocol: tuple[str, ...]
    origin: str | None
    compression: bool
    insecure: bool
    cacert: str | None
    connect_timeout: float
    max_time: float | None
    fragment_size: int
    endpoint: EndpointOptions
    close_code: int
    close_reason: str
    ok_close: frozenset[int]
    verbose: bool
    quiet: bool

    def connect_options(
        self, uri: WebSocketURI, observer: Observer | None = None
    ) -> ConnectOptions:
        """Make the options of a connection."""
        return ConnectOptions(
            uri=uri,
            headers=self.header,
            subprotocols=self.subprotocol,
            origin=self.origin,
            compression=self.compression,
            insecure=self.insecure,
            cacert=self.cacert,
            connect_timeout=self.connect_timeout,
            endpoint=self.endpoint._replace(fragment_size=self.fragment_size),
            observer=observer or Observer(),
        )

    @property
    def close(self) -> Close:
        """What our close frame says."""
        return Close(self.close_code, self.close_reason)


def client_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every client command; they come as ``client``."""
    fields = ClientArguments._fields
    add_endpoint_options(command, max_size="64M")
    add_options(command, _OPTIONS)
    return collect_endpoint(collect_values(command, "client", ClientArguments, fields))


def parse_header(text: str) -> Header:
    """
    Parse ``NAME:VALUE``.

    Raises:
        BadParameter: If it isn't one.
    """
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{text!r} isn't NAME:VALUE.")
    return name.strip(), value.strip()


def _parse_headers(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[Header, ...]:
    return tuple(map(parse_header, values))


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
    click.option(
        "-H",
        "--header",
        metavar="NAME:VALUE",
        multiple=True,
        callback=_parse_headers,
        help="Send a request header; replaces ours by that name. Repeatable.",
    ),
    subprotocol_option("Offer a subprotocol. Repeatable, the preferred one first."),
    click.option("--origin", metavar="ORIGIN", help="Send an Origin header."),
    click.option("-k", "--insecure", is_flag=True, help="Accept any TLS certificate."),
    click.option(
        "--cacert",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Trust the certification authorities in a PEM file.",
    ),
    click.option(
        "--fragment-size",
        metavar="BYTES",
        type=BYTES,
        default=0,
        help="Send messages in fragments of at most this size.",
    ),
    click.option(
        "--connect-timeout",
        metavar="SECONDS",
        type=SECONDS,
        default=10,
        show_default=True,
        help="Limit for connecting, handshake included; 0 for none.",
    ),
    click.option(
        "-m",
        "--max-time",
        metavar="SECONDS",
        type=SECONDS,
        help="Limit for everything.",
    ),
    click.option(
        "--close-code",
        metavar="CODE",
        type=int,
        default=1000,
        show_default=True,
        callback=_check_close_code,
        help="Close with this code.",
    ),
    click.option(
        "--close-reason",
        metavar="TEXT",
        default="",
        callback=_check_reason,
        help="Close with this reason.",
    ),
    click.option(
        "--ok-close",
        metavar="CODE,...",
        default="",
        callback=_parse_codes,
        help="Close codes of the peer that are no error, besides 1000 and 1001.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show the handshake on stderr."),
    click.option("-q", "--quiet", is_flag=True, help="Show only errors on stderr."),
]
