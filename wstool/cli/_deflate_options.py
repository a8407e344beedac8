"""Options for permessage-deflate, as far as the client's offer goes."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.wire.deflate import MAX_WINDOW_BITS, DeflateParams


__all__ = ["deflate_options"]

_MIN_WINDOW_BITS = 8


def deflate_options(command: Callable[..., None]) -> Callable[..., None]:
    """
    Add the options for the offer; they come as ``deflate``, None for no offer.

    Whether there is one comes from ``--no-compression``, an option of both ends.
    """
    add_options(command, _OPTIONS)
    return collect_values(command, "deflate", _make, ("compression", *_FIELDS))


def _make(
    *,
    compression: bool,
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: int,
    client_max_window_bits: int,
) -> DeflateParams | None:
    offer = DeflateParams(
        server_no_context_takeover=server_no_context_takeover,
        client_no_context_takeover=client_no_context_takeover,
        server_max_window_bits=server_max_window_bits,
        client_max_window_bits=client_max_window_bits,
    )
    if compression:
        return offer
    for name, value, default in zip(_FIELDS, offer, DeflateParams(), strict=True):
        if value != default:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"--no-compression and {option} exclude each other.")
    return None


def _takeover_option(name: str, whose: str) -> Decorator:
    return option(
        name,
        group="Connection",
        is_flag=True,
        help=f"Compress each of {whose} messages by itself.",
    )


def _window_option(name: str, help_: str) -> Decorator:
    return option(
        name,
        group="Connection",
        metavar="N",
        type=click.IntRange(_MIN_WINDOW_BITS, MAX_WINDOW_BITS),
        default=MAX_WINDOW_BITS,
        show_default=True,
        help=help_,
    )


_FIELDS = DeflateParams._fields
_OPTIONS: list[Decorator] = [
    _window_option(
        "--client-max-window-bits",
        "Compress our messages with a window of at most 2^N bytes; with 8 they go out "
        "uncompressed.",
    ),
    _window_option(
        "--server-max-window-bits",
        "Have the server compress with a window of at most 2^N bytes.",
    ),
    _takeover_option("--client-no-context-takeover", "our"),
    _takeover_option("--server-no-context-takeover", "the server's"),
]
