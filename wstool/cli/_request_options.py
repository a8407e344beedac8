"""Options for the request of the opening handshake."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._credentials import Credentials
from wstool.cli._deflate_options import deflate_options
from wstool.cli._endpoint import subprotocol_option
from wstool.cli._headers import parse_header
from wstool.cli._request import HeaderFile, RequestArguments
from wstool.cli._secrets import make_credentials
from wstool.cli._variables import refuse_without
from wstool.connection.options import HeaderEdit
from wstool.wire.deflate import DeflateParams


__all__ = ["request_options"]

# curl's.
_MAX_REDIRECTS = 50


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the request; they come as ``request``."""
    command = collect_values(command, "request", _make, _FIELDS)
    command = deflate_options(command)
    return add_options(command, _OPTIONS)


def _make(
    *,
    header: tuple[HeaderEdit | HeaderFile, ...],
    header_command: str | None,
    user: str | None,
    bearer: str | None,
    cookie: tuple[str, ...],
    netrc: bool,
    netrc_file: str | None,
    user_agent: str | None,
    subprotocol: tuple[str, ...],
    origin: str | None,
    location: bool,
    max_redirs: int,
    deflate: DeflateParams | None,
) -> RequestArguments:
    if user is not None and bearer is not None:
        raise click.UsageError("-u/--user and --bearer exclude each other.")
    if not location:
        refuse_without("-L/--location", ["max_redirs"])
    if netrc and netrc_file is None:
        netrc_file = os.path.expanduser(os.path.join("~", ".netrc"))
    login = None
    if user is not None:
        login = make_credentials(user, prompt="Password", option="-u")
    return RequestArguments(
        headers=header,
        header_command=header_command,
        credentials=Credentials(login, bearer, cookie, netrc_file),
        user_agent=user_agent,
        subprotocols=subprotocol,
        origin=origin,
        max_redirects=max_redirs if location else None,
        deflate=deflate,
    )


def _parse_headers(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[HeaderEdit | HeaderFile, ...]:
    return tuple(map(_parse_header, values))


def _parse_header(value: str) -> HeaderEdit | HeaderFile:
    if value.startswith("@"):
        return HeaderFile(value[1:])
    try:
        return parse_header(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} isn't NAME:VALUE.") from None


_FIELDS = (
    "header",
    "header_command",
    "user",
    "bearer",
    "cookie",
    "netrc",
    "netrc_file",
    "user_agent",
    "subprotocol",
    "origin",
    "location",
    "max_redirs",
    "deflate",
)
_OPTIONS: list[Decorator] = [
    option(
        "-H",
        "--header",
        group="HTTP",
        metavar="NAME:VALUE",
        multiple=True,
        callback=_parse_headers,
        help="Send a request header; it replaces ours by that name. NAME: leaves ours "
        "out, NAME; sends an empty one, @FILE has one a line. Repeatable.",
    ),
    option(
        "--header-command",
        group="HTTP",
        metavar="COMMAND",
        help="Send the headers that a shell command prints; it runs before each "
        "attempt to connect.",
    ),
    option(
        "-u",
        "--user",
        group="HTTP",
        metavar="USER[:PASSWORD]",
        help="Log in with basic authentication; a password that is missing is asked "
        "for. @FILE has both.",
    ),
    option(
        "--bearer",
        group="HTTP",
        metavar="TOKEN",
        help="Log in with a bearer token. @FILE has it.",
    ),
    option(
        "-b",
        "--cookie",
        group="HTTP",
        metavar="NAME=VALUE|FILE",
        multiple=True,
        help="Send cookies; without = it's a file of them, from which those for the "
        "URL are sent. Repeatable.",
    ),
    option(
        "--netrc",
        group="HTTP",
        is_flag=True,
        help="Log in with what ~/.netrc has for the host.",
    ),
    option(
        "--netrc-file",
        group="HTTP",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Log in with what this file has for the host.",
    ),
    option(
        "-A",
        "--user-agent",
        group="HTTP",
        metavar="NAME",
        help="Send a User-Agent header.",
    ),
    subprotocol_option("Offer a subprotocol. Repeatable, the preferred one first."),
    option("--origin", group="HTTP", metavar="ORIGIN", help="Send an Origin header."),
    option(
        "-L",
        "--location",
        group="HTTP",
        is_flag=True,
        help="Follow redirects; credentials don't go to another origin.",
    ),
    option(
        "--max-redirs",
        group="HTTP",
        metavar="N",
        type=click.IntRange(min=0),
        default=_MAX_REDIRECTS,
        show_default=True,
        help="Follow at most N redirects.",
    ),
]
