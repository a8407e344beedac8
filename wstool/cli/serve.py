"""The subcommand ``serve``."""

from __future__ import annotations

import asyncio

import click

from wstool.cli._listening import listen_options
from wstool.cli._loop import run
from wstool.cli._serve_access import access_options
from wstool.cli._serve_limits import (
    ServeLimits,
    make_guard_options,
    serve_limit_options,
)
from wstool.cli._serve_log import make_log
from wstool.cli._serve_mode import mode_options
from wstool.cli._serve_run import ServePlan, announce, serve_until_stopped
from wstool.cli._serve_tls import ServeTLS, make_tls, tls_options
from wstool.cli._serve_workers import Workers, reserve_ports
from wstool.cli._types import SECONDS
from wstool.connection.access import AccessOptions
from wstool.connection.binding import write_url
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import ListenOptions
from wstool.services.hub.guard import Guard
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode


__all__ = ["serve"]

_MODES = ("echo", "broadcast")
# Modes whose clients have nothing to do with one another.
_APART = frozenset({"echo"})


@click.command()
@click.argument("mode", type=click.Choice(_MODES), default="echo")
@mode_options
@access_options
@serve_limit_options
@tls_options
@click.option(
    "--grace",
    metavar="SECONDS",
    type=SECONDS,
    help="Limit for the closing handshakes at the end, if not --close-timeout.",
)
@click.option(
    "--static",
    metavar="DIR",
    help="Serve the files of a folder to browsers, besides / and /metrics.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Serve with several processes; limits and metrics are those of each.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How each event is written on stderr.",
)
@click.option("-q", "--quiet", is_flag=True, help="Log nothing on stderr.")
@listen_options
def serve(
    mode: str,
    mode_options: ModeOptions,
    access: AccessOptions,
    limits: ServeLimits,
    tls: ServeTLS,
    grace: float | None,
    static: str | None,
    workers: int,
    log: str,
    quiet: bool,
    options: ListenOptions,
) -> None:
    """
    Run a throwaway server until Ctrl-C.

    MODE echo sends every message back; broadcast sends it to all other clients. The
    first line on stdout is the server's URL; the log goes to stderr.
    """
    _check_workers(mode, workers, options)
    secure = make_tls(tls, tuple(host for host, _ in options.find_addresses()))
    options = options._replace(
        access=access,
        context=secure.context,
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

    plan = ServePlan(
        make,
        options,
        log=make_log("none" if quiet else log),
        grace=options.endpoint.close_timeout if grace is None else grace,
        mode=mode,
        static=static,
        ca_path=secure.ca_path,
    )
    raise_descriptor_limit()
    if workers == 1:
        run(lambda stop: serve_until_stopped(plan, stop), server=True)
    else:
        _run_workers(plan, workers)


def _run_workers(plan: ServePlan, count: int) -> None:
    """Serve with several processes; this is where they go their ways."""
    reservation = reserve_ports(plan.options.find_addresses())
    options = plan.options._replace(addresses=reservation.addresses, reuse_port=True)
    plan = plan._replace(options=options)
    scheme = "ws" if options.context is None else "wss"
    urls = [write_url(scheme, *address) for address in options.find_addresses()]
    worker = Workers(count, plan.log.note).run(lambda: announce(plan, urls))
    if isinstance(worker, int):
        click.get_current_context().exit(worker)
    run(lambda stop: serve_until_stopped(plan, stop, worker), server=True)


def _check_workers(mode: str, workers: int, options: ListenOptions) -> None:
    if workers > 1 and mode not in _APART:
        problem = f"--workers: the clients of {mode} have to be in one process."
        raise click.UsageError(problem)
    if workers > 1 and options.unix_sockets:
        raise click.UsageError("--workers: a Unix socket can't be shared.")
