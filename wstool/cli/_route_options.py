"""Options for the way to a server: addresses and proxies."""

from __future__ import annotations

from collections.abc import Callable

from wstool.cli._collect import Decorator, add_options, collect_values
from wstool.connection.options import RouteOptions


__all__ = ["route_options"]


def route_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for addresses and proxies; they come as ``route``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "route", RouteOptions, _FIELDS)


_FIELDS: tuple[str, ...] = ()
_OPTIONS: list[Decorator] = []
