"""Options for the way to a server: addresses and proxies."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._variables import is_on_command_line
from wstool.connection.options import (
    ConnectRule,
    ProxyOptions,
    ResolveRule,
    RouteOptions,
    TLSOptions,
)


__all__ = ["route_options"]

# What sockaddr_un holds, with the NUL at the end or at the beginning.
_MAX_SOCKET_PATH = 107
# A part of an option's value: in brackets where it holds colons.
_PART = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::|$)")


def route_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for addresses and proxies; they come as ``route``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "route", _make_route, _FIELDS)


def _make_route(
    *,
    resolve: tuple[ResolveRule, ...],
    connect_to: tuple[ConnectRule, ...],
    ipv4: bool,
    ipv6: bool,
    interface: str | None,
    unix_socket: str | None,
    abstract_unix_socket: str | None,
    proxy: str | None,
    proxy_user: str | None,
    no_proxy: str | None,
    proxy_cacert: str | None,
    proxy_insecure: bool,
) -> RouteOptions:
    if ipv4 and ipv6:
        raise click.UsageError("--ipv4 and --ipv6 exclude each other.")
    if unix_socket is not None and abstract_unix_socket is not None:
        problem = "--unix-socket and --abstract-unix-socket exclude each other."
        raise click.UsageError(problem)
    path = unix_socket if abstract_unix_socket is None else f"\0{abstract_unix_socket}"
    # One of a profile or a variable is for servers on the network.
    ctx = click.get_current_context()
    yields = not is_on_command_line(ctx, "proxy")
    if path is not None and proxy and not yields:
        raise click.UsageError("a Unix socket can't be reached through --proxy.")
    return RouteOptions(
        resolve=resolve,
        connect_to=connect_to,
        family=_choose_family(ipv4=ipv4, ipv6=ipv6),
        interface=interface,
        unix_socket=path,
        proxy=ProxyOptions(
            proxy=proxy,
            yields=yields,
            no_proxy=no_proxy,
            credentials=_make_credentials(proxy_user),
            tls=TLSOptions(insecure=proxy_insecure, cacert=proxy_cacert),
        ),
    )


def _choose_family(*, ipv4: bool, ipv6: bool) -> int:
    if ipv4:
        return socket.AF_INET
    return socket.AF_INET6 if ipv6 else socket.AF_UNSPEC


def _make_credentials(text: str | None) -> Callable[[], str] | None:
    if text is None:
        return None
    from wstool.cli._secrets import make_credentials

    return make_credentials(text, prompt="Proxy password", option="--proxy-user")


def _parse_resolve(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[ResolveRule, ...]:
    return tuple(map(_parse_resolve_rule, values))


def _parse_resolve_rule(text: str) -> ResolveRule:
    # The plus is curl's for entries that time out, which no connection outlives.
    host, rest = _take_part(text.removeprefix("+"), text)
    port, addresses = _take_part(rest, text)
    if not host:
        raise click.BadParameter(f"{text!r}: host is missing.")
    if not addresses:
        raise click.BadParameter(f"{text!r} isn't HOST:PORT:ADDRESS[,ADDRESS]...")
    return ResolveRule(
        host,
        _parse_port(port, text),
        tuple(_parse_address(address, text) for address in addresses.split(",")),
    )


def _parse_connect_to(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[ConnectRule, ...]:
    return tuple(map(_parse_connect_rule, values))


def _parse_connect_rule(text: str) -> ConnectRule:
    host, rest = _take_part(text, text)
    port, rest = _take_part(rest, text)
    to_host, rest = _take_part(rest, text)
    to_port, rest = _take_part(rest, text)
    if rest or text.count(":") < 2:
        raise click.BadParameter(f"{text!r} isn't HOST1:PORT1:HOST2:PORT2.")
    return ConnectRule(
        host,
        _parse_port(port, text) if port else None,
        to_host,
        _parse_port(to_port, text) if to_port else None,
    )


def _take_part(rest: str, text: str) -> tuple[str, str]:
    """Take what is up to the next colon, without brackets; give that and the rest."""
    match = _PART.match(rest)
    if match is None:
        raise click.BadParameter(f"{text!r}: brackets don't fit in {rest!r}.")
    return match[1] or match[2] or "", rest[match.end() :]


def _parse_port(port: str, text: str) -> int:
    if port.isascii() and port.isdigit() and len(port) <= 5:
        number = int(port)
        if 1 <= number <= 65535:
            return number
    problem = f"port {port!r} isn't a number from 1 to 65535"
    raise click.BadParameter(f"{text!r}: {problem}.")


def _parse_address(address: str, text: str) -> str:
    plain = address.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in plain else socket.AF_INET
    try:
        socket.inet_pton(family, plain.partition("%")[0])
    except (OSError, ValueError):
        problem = f"address {address!r} is neither IPv4 nor IPv6"
        raise click.BadParameter(f"{text!r}: {problem}.") from None
    return plain


def _check_socket_path(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    if value is None:
        return None
    size = len(os.fsencode(value))
    if not 0 < size <= _MAX_SOCKET_PATH:
        problem = f"of {size} bytes isn't one of 1 to {_MAX_SOCKET_PATH}."
        raise click.BadParameter(f"a path {problem}")
    return value


def _check_interface(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not value.removeprefix("if!").removeprefix("host!"):
        raise click.BadParameter(f"{value!r} names nothing.")
    return value


def _check_proxy(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    if not value:
        return value
    from wstool.connection.proxies import parse_proxy

    try:
        parse_proxy(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None
    return value


_FIELDS = (
    "resolve",
    "connect_to",
    "ipv4",
    "ipv6",
    "interface",
    "unix_socket",
    "abstract_unix_socket",
    "proxy",
    "proxy_user",
    "no_proxy",
    "proxy_cacert",
    "proxy_insecure",
)
_OPTIONS: list[Decorator] = [
    option(
        "--resolve",
        group="Connection",
        metavar="HOST:PORT:ADDR[,ADDR]...",
        multiple=True,
        callback=_parse_resolve,
        help="Take these addresses for a host (* for any) and port. Repeatable.",
    ),
    option(
        "--connect-to",
        group="Connection",
        metavar="HOST1:PORT1:HOST2:PORT2",
        multiple=True,
        callback=_parse_connect_to,
        help="Connect to the second host and port instead of the first. Repeatable.",
    ),
    option(
        "-4",
        "--ipv4",
        group="Connection",
        is_flag=True,
        help="Use IPv4 addresses only.",
    ),
    option(
        "-6",
        "--ipv6",
        group="Connection",
        is_flag=True,
        help="Use IPv6 addresses only.",
    ),
    option(
        "--interface",
        group="Connection",
        metavar="NAME",
        callback=_check_interface,
        help="Connect from a network interface, a host name or an address.",
    ),
    option(
        "--unix-socket",
        group="Connection",
        metavar="PATH",
        type=click.Path(),
        callback=_check_socket_path,
        help="Connect to a Unix socket instead of the URL's host.",
    ),
    option(
        "--abstract-unix-socket",
        group="Connection",
        metavar="NAME",
        callback=_check_socket_path,
        help="Connect to an abstract Unix socket of Linux.",
    ),
    option(
        "-x",
        "--proxy",
        group="Proxy",
        metavar="URL",
        callback=_check_proxy,
        help="Connect through a proxy: http, https, socks4, socks4a, socks5 or "
        "socks5h; '' for none, whatever the environment says.",
    ),
    option(
        "-U",
        "--proxy-user",
        group="Proxy",
        metavar="USER[:PASSWORD]|@FILE",
        help="Credentials for the proxy; a missing password is asked for.",
    ),
    option(
        "--no-proxy",
        "--noproxy",
        "no_proxy",
        group="Proxy",
        metavar="HOST,...",
        help="Hosts, domains and networks to reach without a proxy; * for all.",
    ),
    option(
        "--proxy-cacert",
        group="Proxy",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Trust the authorities in a PEM file for an https proxy.",
    ),
    option(
        "--proxy-insecure",
        group="Proxy",
        is_flag=True,
        help="Accept any TLS certificate of an https proxy.",
    ),
]
