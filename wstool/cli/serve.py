"""The subcommand ``serve``."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._listening import listen_options
from wstool.cli._loop import Stop, run
from wstool.cli._output import Note, tell, write_stdout
from wstool.cli._types import BYTES
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import (
    ListenOptions,
    ServerEvent,
    ServerHandler,
    listen,
)
from wstool.connection.transport import Connection
from wstool.phrases import count_bytes
from wstool.services.hub import BroadcastMode, EchoMode


__all__ = ["serve"]

_MODES = ("echo", "broadcast")


@click.command()
@click.argument("mode", type=click.Choice(_MODES), default="echo")
@click.option(
    "--include-sender",
    is_flag=True,
    help="With broadcast: send a client its own messages too.",
)
@click.option(
    "--queue-limit",
    metavar="BYTES",
    type=BYTES,
    default="16M",
    show_default=True,
    help="With broadcast: cut off a client that lets more than this wait.",
)
@click.option("-q", "--quiet", is_flag=True, help="Log nothing on stderr.")
@listen_options
def serve(
    mode: str,
    include_sender: bool,
    queue_limit: int,
    quiet: bool,
    options: ListenOptions,
) -> None:
    """
    Run a throwaway server until Ctrl-C.

    MODE echo sends every message back; broadcast sends it to all other clients. The
    first line on stdout is the server's URL; the log goes to stderr.
    """
    log = _ignore if quiet else tell

    def make_handler() -> ServerHandler:
        if mode == "echo":
            return EchoMode()
        return BroadcastMode(
            include_sender=include_sender,
            compress_min=options.endpoint.compress_min,
            queue_limit=queue_limit,
            cut_off=lambda connection, size: _log_cut_off(log, connection, size),
        )

    raise_descriptor_limit()
    run(lambda stop: _serve(make_handler, options, log, stop), server=True)


async def _serve(
    make_handler: Callable[[], ServerHandler],
    options: ListenOptions,
    log: Note,
    stop: Stop,
) -> None:
    listener = await listen(make_handler(), options, lambda event: _log(log, event))
    try:
        write_stdout(f"{listener.url}\n")
        await stop.requested
        await listener.stop(grace=options.endpoint.close_timeout)
    finally:
        listener.abort()


def _log(log: Note, event: ServerEvent) -> None:
    log(f"{event.peer} {event.kind}: {event.text}")


def _log_cut_off(log: Note, connection: Connection, size: int) -> None:
    log(f"{connection.peer} reads too slowly: {count_bytes(size)} wait, cut off")


def _ignore(text: str) -> None:
    """Log nothing."""
