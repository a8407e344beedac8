"""Options for the request of the opening handshake."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._endpoint import subprotocol_option
from wstool.connection.options import DeflateOptions, HeaderEdit, RequestOptions
from wstool.wire.handshake import Header


__all__ = ["RequestArguments", "parse_header", "request_options"]


class RequestArguments(NamedTuple):
    """What the options say of the request; files and commands are not read yet."""

    header: tuple[HeaderEdit, ...]
    subprotocol: tuple[str, ...]
    origin: str | None
    compression: bool

    async def read(self) -> RequestOptions:
        """Make the options of a request, for one attempt to connect."""
        return RequestOptions(
            headers=self.header,
            subprotocols=self.subprotocol,
            origin=self.origin,
            deflate=DeflateOptions(offered=self.compression),
        )


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the request; they come as ``request``."""
    add_options(command, _OPTIONS)
    fields = RequestArguments._fields
    return collect_values(command, "request", RequestArguments, fields)


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


_OPTIONS: list[Decorator] = [
    option(
        "-H",
        "--header",
        group="HTTP",
        metavar="NAME:VALUE",
        multiple=True,
        callback=_parse_headers,
        help="Send a request header; replaces ours by that name. Repeatable.",
    ),
    subprotocol_option("Offer a subprotocol. Repeatable, the preferred one first."),
    option("--origin", group="HTTP", metavar="ORIGIN", help="Send an Origin header."),
]
