"""The subcommand ``serve``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import click

from wstool.cli._listening import listen_options
from wstool.cli._loop import Stop, run
from wstool.cli._output import Note, tell, write_stdout
from wstool.cli._serve_access import access_options
from wstool.cli._serve_limits import (
    ServeLimits,
    make_guard_options,
    serve_limit_options,
)
from wstool.cli._serve_mode import mode_options
from wstool.connection.access import AccessOptions
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.server_event import ServerEvent
from wstool.connection.waiting import first_of
from wstool.errors import WstoolError
from wstool.services.hub.guard import Guard
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode


__all__ = ["serve"]

_MODES = ("echo", "broadcast")


@click.command()
@click.argument("mode", type=click.Choice(_MODES), default="echo")
@mode_options
@access_options
@serve_limit_options
@click.option("-q", "--quiet", is_flag=True, help="Log nothing on stderr.")
@listen_options
def serve(
    mode: str,
    mode_options: ModeOptions,
    access: AccessOptions,
    limits: ServeLimits,
    quiet: bool,
    options: ListenOptions,
) -> None:
    """
    Run a throwaway server until Ctrl-C.

    MODE echo sends every message back; broadcast sends it to all other clients. The
    first line on stdout is the server's URL; the log goes to stderr.
    """
    log = _ignore if quiet else tell
    options = options._replace(
        access=access,
        quota=limits.quota,
        ages=limits.ages,
        trusted_proxies=limits.trust_proxy,
        proxied=limits.proxy_protocol,
    )
    mode_options = mode_options._replace(
        queue_limit=limits.queue_limit,
        slow_consumer=limits.slow_consumer,
        compress_min=options.endpoint.compress_min,
    )
    guard = make_guard_options(limits)

    def make(tools: ModeTools) -> Mode:
        made = make_mode(mode, mode_options, tools)
        if not guard.asks:
            return made
        return Guard(made, guard, asyncio.get_running_loop().time)

    raise_descriptor_limit()
    run(lambda stop: _serve(make, options, log, stop), server=True)


async def _serve(
    make: Callable[[ModeTools], Mode], options: ListenOptions, note: Note, stop: Stop
) -> None:
    def log(event: ServerEvent) -> None:
        note(f"{event.peer} {event.kind}: {event.text}")

    ended: asyncio.Future[WstoolError | None] = (
        asyncio.get_running_loop().create_future()
    )

    def end(error: WstoolError | None) -> None:
        if not ended.done():
            ended.set_result(error)

    mode = make(ModeTools(log, end))
    listener = await listen(mode, options, log)
    try:
        await mode.start()
        write_stdout(f"{listener.url}\n")
        await first_of(stop.requested, ended)
        await listener.stop(grace=options.endpoint.close_timeout)
    finally:
        listener.abort()
        await mode.stop()
    error = ended.result() if ended.done() else None
    if error is not None:
        raise error


def _ignore(text: str) -> None:
    """Log nothing."""
