"""Credentials that others on the way can read are worth a warning, once a run."""

from __future__ import annotations

import socket
from collections.abc import Callable

from wstool.cli._output import Note
from wstool.connection.options import ConnectOptions
from wstool.connection.request import holds_credentials, make_request


__all__ = ["make_credentials_warning"]


def make_credentials_warning(note: Note) -> Callable[[ConnectOptions], None]:
    """Make what warns of credentials that go out unencrypted, the first time only."""
    warned = False

    def warn(options: ConnectOptions) -> None:
        nonlocal warned
        if not warned and _exposes_credentials(options):
            warned = True
            host = options.uri.host
            note(f"credentials go to {host} unencrypted (try wss://)")

    return warn


def _exposes_credentials(options: ConnectOptions) -> bool:
    uri = options.uri
    if uri.secure or options.route.unix_socket is not None or _is_loopback(uri.host):
        return False
    return holds_credentials(make_request(options, ""))


def _is_loopback(host: str) -> bool:
    """Tell whether a host is this one; a name such as ``127.example`` isn't."""
    name = host.lower().removesuffix(".")
    # RFC 6761, 6.3.
    if name in ("::1", "localhost") or name.endswith(".localhost"):
        return True
    try:
        return socket.inet_aton(name)[0] == 127
    except OSError:
        return False
