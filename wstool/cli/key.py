"""The subcommand ``key``."""

from __future__ import annotations

import os
from binascii import Error, a2b_base64

import click

from wstool.cli._output import write_stdout
from wstool.errors import ExpectationFailed
from wstool.wire.handshake import accept_key, encode_key


__all__ = ["key"]

_NONCE_SIZE = 16


@click.command()
@click.argument("key", required=False)
@click.option(
    "--verify", metavar="ACCEPT", help="Check whether ACCEPT is the answer to KEY."
)
def key(key: str | None, verify: str | None) -> None:
    """
    Compute the Sec-WebSocket-Accept of KEY, or make a fresh pair.

    KEY is the Sec-WebSocket-Key of a handshake request: 16 bytes in base64.
    """
    if key is None:
        if verify is not None:
            raise click.UsageError("--verify needs a KEY.")
        fresh = encode_key(os.urandom(_NONCE_SIZE))
        write_stdout(
            f"Sec-WebSocket-Key: {fresh}\nSec-WebSocket-Accept: {accept_key(fresh)}\n"
        )
        return
    _check_key(key)
    accept = accept_key(key)
    if verify is not None and verify != accept:
        raise ExpectationFailed(f"Sec-WebSocket-Accept {accept}", verify)
    write_stdout(f"{accept}\n")


def _check_key(key: str) -> None:
    """Refuse what is no key (RFC 6455, 4.1)."""
    try:
        size = len(a2b_base64(key.encode(), strict_mode=True))
    except Error as error:
        problem = f"{key!r} isn't base64: {str(error).lower()}."
        raise click.BadParameter(problem, param_hint="KEY") from error
    if size != _NONCE_SIZE:
        problem = f"{key!r} is {size} bytes in base64, not {_NONCE_SIZE}."
        raise click.BadParameter(problem, param_hint="KEY")
