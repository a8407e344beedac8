"""Options of a server's TLS."""

from __future__ import annotations

import datetime
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option


__all__ = ["TLS", "ServeTLS", "make_tls", "tls_options"]


class ServeTLS(NamedTuple):
    """What was asked for."""

    tls: bool
    cert: str | None
    key: str | None
    client_ca: str | None


class TLS(NamedTuple):
    """What a server needs."""

    context: ssl.SSLContext | None
    ca_path: Path | None = None
    """File with the authority to trust, where it is our own."""


def tls_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of TLS; they come as ``tls``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "tls", _make, ("tls", "cert", "key", "client_ca"))


def make_tls(options: ServeTLS, hosts: tuple[str, ...]) -> TLS:
    """
    Make the TLS context, and the certificate if none was given.

    Raises:
        TLSFailed: If a certificate or key can't be used.
        UsageError: If no certificate can be made.
    """
    if not options.tls and options.cert is None:
        return TLS(None)
    from wstool.connection.server_tls import (
        make_server_context,
        make_server_context_from,
    )

    if options.cert is not None:
        return TLS(
            make_server_context(options.cert, options.key, client_ca=options.client_ca)
        )
    from wstool.connection.local_ca import find_local_names, issue

    now = datetime.datetime.now(datetime.UTC)
    issued = issue(_find_folder(), find_local_names(hosts), now)
    context = make_server_context_from(
        issued.certificate, issued.key, client_ca=options.client_ca
    )
    return TLS(context, issued.ca_path)


def _make(
    *, tls: bool, cert: str | None, key: str | None, client_ca: str | None
) -> ServeTLS:
    if key is not None and cert is None:
        raise click.UsageError("--key needs --cert.")
    if client_ca is not None and cert is None and not tls:
        raise click.UsageError("--client-ca needs --tls or --cert.")
    return ServeTLS(tls, cert, key, client_ca)


def _find_folder() -> Path:
    """Find where the authority is kept (XDG Base Directory Specification)."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    return base / "wstool"


_OPTIONS: list[Decorator] = [
    option(
        "--tls",
        group="TLS",
        is_flag=True,
        help="Serve wss:// with a certificate made on the spot for localhost and this "
        "machine.",
    ),
    option(
        "--cert",
        group="TLS",
        general=False,
        metavar="FILE",
        help="Serve wss:// with this certificate (PEM, with its chain).",
    ),
    option(
        "--key",
        group="TLS",
        general=False,
        metavar="FILE",
        help="Key of --cert, if it isn't in the same file.",
    ),
    option(
        "--client-ca",
        group="TLS",
        metavar="FILE",
        help="Ask clients for a certificate of these authorities.",
    ),
]
