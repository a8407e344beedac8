"""The subcommand ``serve``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import click

from wstool.cli._collect import GroupedCommand, find_width, write_section
from wstool.cli._listening import listen_options
from wstool.cli._loop import run
from wstool.cli._serve.access import access_options
from wstool.cli._serve.faults import (
    FAULT_HELP,
    FaultArguments,
    fault_options,
)
from wstool.cli._serve.limits import (
    ServeLimits,
    make_guard_options,
    serve_limit_options,
)
from wstool.cli._serve.log import make_log
from wstool.cli._serve.mode import (
    MODES,
    check_mode,
    find_idle_limits,
    mode_options,
    reads_stdin,
)
from wstool.cli._serve.run import ServePlan, announce, serve_until_stopped
from wstool.cli._serve.running import (
    ServeRunning,
    find_talk_log,
    running_options,
)
from wstool.cli._serve.tls import ServeTLS, make_tls, tls_options
from wstool.cli._serve.workers import Workers, reserve_ports
from wstool.cli._variables import refuse_without
from wstool.connection.access import AccessOptions
from wstool.connection.binding import write_url
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import ListenOptions
from wstool.services.hub.guard import Guard, GuardOptions
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode


__all__ = ["serve"]

# Modes whose servers can be one, so that their workers can.
_JOINED = frozenset({"broadcast", "rooms"})
# Modes whose clients have nothing to do with one another.
_APART = frozenset({"echo", "sink", "reply", "exec"})


class _ServeCommand(GroupedCommand):
    """The subcommand, whose help explains modes and faults as well."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the modes, the options and the faults."""
        write_section(
            formatter, "Modes", MODES.items(), find_width(formatter, MODES.items())
        )
        super().format_options(ctx, formatter)
        write_section(
            formatter,
            "Values of --fault",
            FAULT_HELP,
            find_width(formatter, FAULT_HELP),
        )


@click.command(cls=_ServeCommand)
@click.argument(
    "mode",
    metavar="[MODE]",
    type=click.Choice(list(MODES)),
    default="echo",
    help="What it does, of the modes above; echo without it.",
)
@click.argument("command", nargs=-1, help="What exec runs, behind --.")
@mode_options
@access_options
@listen_options
@serve_limit_options
@fault_options
@tls_options
@running_options
def serve(
    mode: str,
    command: tuple[str, ...],
    mode_options: ModeOptions,
    access: AccessOptions,
    limits: ServeLimits,
    faults: FaultArguments,
    tls: ServeTLS,
    running: ServeRunning,
    options: ListenOptions,
) -> None:
    """
    Run a throwaway server until Ctrl-C.

    The first line on stdout is the server's URL; the log goes to stderr.
    """
    check_mode(mode, command)
    if mode_options.profile is None and faults.options is None:
        refuse_without("--fault or --profile", ["seed"])
    _check_workers(mode, mode_options, running.workers, options)
    secure = make_tls(tls, tuple(host for host, _ in options.find_addresses()))
    access = _protect(mode, access)
    options = _hold(options, limits)._replace(access=access, context=secure.context)
    mode_options = _complete(mode_options, limits, options)._replace(
        seed=faults.seed, command=command
    )
    form = find_talk_log(running) if mode == "talk" else running.find_log()
    plan = ServePlan(
        _make_maker(mode, mode_options, make_guard_options(limits), form),
        options,
        log=form,
        grace=options.endpoint.close_timeout
        if running.grace is None
        else running.grace,
        mode=mode,
        static=running.static,
        ca_path=secure.ca_path,
        faults=faults.options,
    )
    idle = find_idle_limits(mode)
    if idle is not None:
        make_log(form).note(idle)
    raise_descriptor_limit()
    if running.workers > 1:
        _run_workers(plan, running.workers)
    else:
        server = not reads_stdin(mode, mode_options)
        run(lambda stop: serve_until_stopped(plan, stop), server=server)


def _hold(options: ListenOptions, limits: ServeLimits) -> ListenOptions:
    return options._replace(
        quota=limits.quota,
        ages=limits.ages,
        trusted_proxies=limits.trust_proxy,
        proxied=limits.proxy_protocol,
    )


def _protect(mode: str, access: AccessOptions) -> AccessOptions:
    """Let no page of the web start processes, unless that is what was asked for."""
    if mode == "exec" and not access.origins:
        return access._replace(origins=("same-host",))
    return access


def _complete(
    mode_options: ModeOptions, limits: ServeLimits, options: ListenOptions
) -> ModeOptions:
    return mode_options._replace(
        queue_limit=limits.queue_limit,
        slow_consumer=limits.slow_consumer,
        compress_min=options.endpoint.compress_min,
    )


def _make_maker(
    name: str, options: ModeOptions, guard: GuardOptions, log: str
) -> Callable[[ModeTools], Mode]:
    """Make what makes the mode, behind a guard if anything is asked for."""

    def make(tools: ModeTools) -> Mode:
        if name == "talk":
            from wstool.cli._talk import make_talk

            mode: Mode = make_talk(options, tools, note=make_log(log).note)
        else:
            mode = make_mode(name, options, tools)
        if not guard.asks:
            return mode
        return Guard(mode, guard, asyncio.get_running_loop().time)

    return make


def _run_workers(plan: ServePlan, count: int) -> None:
    """Serve with several processes; this is where they go their ways."""
    reservation = reserve_ports(plan.options.find_addresses())
    options = plan.options._replace(addresses=reservation.addresses, reuse_port=True)
    plan = plan._replace(options=options)
    scheme = "ws" if options.context is None else "wss"
    _tell_apart(plan, count)
    urls = [write_url(scheme, *address) for address in options.find_addresses()]
    worker = Workers(count, make_log(plan.log).note).run(
        lambda: announce(plan, urls, make_log(plan.log).note)
    )
    if isinstance(worker, int):
        click.get_current_context().exit(worker)
    run(lambda stop: serve_until_stopped(plan, stop, worker), server=True)


def _tell_apart(plan: ServePlan, count: int) -> None:
    """Say which limits each of several processes has for itself."""
    quota = plan.options.quota
    names = ["--max-per-ip"] if quota.max_per_ip else []
    names += ["--connect-rate"] if quota.connect_rate is not None else []
    names += ["--max-processes"] if plan.mode == "exec" else []
    if names:
        note = make_log(plan.log).note
        note(f"{' and '.join(names)}: for each of the {count} workers by itself")


def _check_workers(
    mode: str, mode_options: ModeOptions, workers: int, options: ListenOptions
) -> None:
    if workers > 1 and mode not in _APART and mode_options.bus is None:
        problem = f"--workers: the clients of {mode} have to be in one process"
        problem += ", or on a --bus." if mode in _JOINED else "."
        raise click.UsageError(problem)
    if workers > 1 and options.unix_sockets:
        raise click.UsageError("--workers: a Unix socket can't be shared.")
