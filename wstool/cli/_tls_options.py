"""Options for TLS."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.connection.options import TLSOptions


__all__ = ["tls_options"]


def tls_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for TLS; they come as ``tls``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "tls", TLSOptions, _FIELDS)


_FIELDS = ("insecure", "cacert")
_OPTIONS: list[Decorator] = [
    option(
        "-k",
        "--insecure",
        group="TLS",
        is_flag=True,
        help="Accept any TLS certificate.",
    ),
    option(
        "--cacert",
        group="TLS",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Trust the certification authorities in a PEM file.",
    ),
]
