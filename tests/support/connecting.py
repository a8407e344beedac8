"""A client's options, written flat: tests say what they are about, not where it is."""

from __future__ import annotations

from wstool.connection.options import (
    ConnectOptions,
    EndpointOptions,
    RequestOptions,
    RouteOptions,
    TLSOptions,
)
from wstool.wire.deflate import DeflateParams
from wstool.wire.uri import parse_uri


__all__ = ["make_connect_options"]


def make_connect_options(url="ws://server.example/chat", **options):
    """
    Make a client's options: without compression, unless they say otherwise.

    Args:
        options: Fields of ``ConnectOptions`` and of the options within it.
    """
    offered = options.pop("compression", False)
    deflate = _take(options, DeflateParams) if offered else None
    request = _take(options, RequestOptions)._replace(deflate=deflate)
    return ConnectOptions(
        parse_uri(url),
        request=request,
        tls=_take(options, TLSOptions),
        route=_take(options, RouteOptions),
        endpoint=_take(options, EndpointOptions),
        **options,
    )


def _take(options, kind):
    """Take the fields of one kind out of the options."""
    return kind(**{name: options.pop(name) for name in kind._fields if name in options})
