"""Options that say who gets in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._secrets import read_text_file
from wstool.connection.access import AccessOptions, check_path_pattern
from wstool.connection.origins import check_origin_pattern
from wstool.connection.visitor import Network
from wstool.errors import InputInvalid


__all__ = ["NETWORK", "access_options"]


def access_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of access; they come as ``access``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "access", _make, _FIELDS)


class _Network(click.ParamType[Network]):
    """Addresses, in CIDR notation."""

    name = "cidr"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Network:
        """Parse a network; host bits may be set."""
        try:
            return ip_network(str(value), strict=False)
        except ValueError:
            self.fail(f"{value!r} isn't an address or a network, such as 10.0.0.0/8")


NETWORK = _Network()


def _make(
    *,
    allow_origin: tuple[str, ...],
    token: tuple[str, ...],
    user: tuple[str, ...],
    allow_ip: tuple[Network, ...],
    path: tuple[str, ...],
) -> AccessOptions:
    return AccessOptions(
        origins=allow_origin,
        tokens=_read_secrets(token),
        users=_read_users(user),
        networks=allow_ip,
        paths=path,
    )


def _read_users(values: tuple[str, ...]) -> tuple[str, ...]:
    users = _read_secrets(values)
    if any(":" not in user for user in users):
        raise click.UsageError("--user needs NAME:PASSWORD, also in a file.")
    return users


def _read_secrets(values: tuple[str, ...]) -> tuple[str, ...]:
    """Read secrets: those given, and each line of the files in ``@FILE``."""
    secrets: list[str] = []
    for value in values:
        secrets += _read_lines(value) if value.startswith("@") else [value]
    if not all(secrets):
        raise click.UsageError("An empty secret keeps nobody out.")
    return tuple(secrets)


def _read_lines(value: str) -> list[str]:
    lines = read_text_file(value[1:], value).split("\n")
    secrets = [line for line in (line.removesuffix("\r") for line in lines) if line]
    if not secrets:
        raise InputInvalid(value, "nothing in it")
    return secrets


def _check_each(check: Callable[[str], None]) -> Callable[..., tuple[str, ...]]:
    """Make a callback that checks each value."""

    def callback(
        ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
    ) -> tuple[str, ...]:
        for value in values:
            try:
                check(value)
            except ValueError as error:
                raise click.BadParameter(f"{error}.") from error
        return values

    return callback


_FIELDS = ("allow_origin", "token", "user", "allow_ip", "path")
_OPTIONS: list[Decorator] = [
    option(
        "--allow-origin",
        group="Access",
        metavar="PATTERN",
        multiple=True,
        callback=_check_each(check_origin_pattern),
        help="Refuse browsers from other origins: https://*.example.com, "
        "http://localhost:*, same-host, null. Repeatable.",
    ),
    option(
        "--token",
        group="Access",
        metavar="TOKEN|@FILE",
        multiple=True,
        help="Ask for a token: as Bearer, as ?token= or as a subprotocol. Repeatable; "
        "a file has one on each line.",
    ),
    option(
        "--user",
        group="Access",
        general=False,
        metavar="NAME:PASSWORD|@FILE",
        multiple=True,
        help="Ask for a user and a password (Basic). Repeatable.",
    ),
    option(
        "--allow-ip",
        group="Access",
        metavar="CIDR",
        type=NETWORK,
        multiple=True,
        help="Refuse clients from other addresses. Repeatable.",
    ),
    option(
        "--path",
        group="Access",
        metavar="PATTERN",
        multiple=True,
        callback=_check_each(check_path_pattern),
        help="Answer other paths with 404; * is any part between slashes, ** any "
        "rest. Repeatable.",
    ),
]
