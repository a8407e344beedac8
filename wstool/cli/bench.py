"""The subcommand ``bench``."""

from __future__ import annotations

from typing import Any

import click

from wstool.cli._bench.options import LoadArguments, load_options, parse_moment
from wstool.cli._bench.versus_options import VersusArguments, versus_options
from wstool.cli._collect import GroupedCommand, option
from wstool.cli._measuring import hide_reconnecting, refuse_reconnecting
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.errors import UsageError
from wstool.wire.uri import WebSocketURI


__all__ = ["bench"]


class _BenchCommand(GroupedCommand):
    """A command whose ``--merge`` takes all names that follow."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give each name behind ``--merge`` an option of its own."""
        if "--merge" in args:
            index = args.index("--merge")
            names = []
            for name in args[index + 1 :]:
                if name.startswith("-"):
                    break
                names.append(name)
            rest = args[index + 1 + len(names) :]
            args = [*args[:index], *(f"--merge={name}" for name in names), *rest]
        return super().parse_args(ctx, args)


@hide_reconnecting
@click.command(cls=_BenchCommand)
@target_argument(type=URL, required=False)
@load_options
@option(
    "--repeat",
    group="Options",
    metavar="N",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Run it N times, so that noise can be told from a difference.",
)
@option(
    "--start-at",
    group="Options",
    metavar="TIME",
    callback=parse_moment,
    help="Begin at this time, as other machines do.",
)
@option(
    "--report",
    group="Output",
    metavar="FILE",
    multiple=True,
    help="Write a report: FILE.json, FILE.html or FILE.md.",
)
@option(
    "--fail-if",
    group="Output",
    metavar="CONDITION",
    multiple=True,
    help="Exit with 1 if this is so, such as 'p99 > 50ms or errors > 0'.",
)
@option(
    "--compare",
    group="Output",
    metavar="A.json B.json",
    nargs=2,
    help="Show the difference between two reports; run nothing.",
)
@option(
    "--merge",
    group="Output",
    metavar="FILE.json...",
    multiple=True,
    help="Add reports of runs at the same time, all that follow; run nothing.",
)
@versus_options
@client_options
def bench(
    url: WebSocketURI | None,
    arguments: LoadArguments,
    client: ClientArguments,
    versus: VersusArguments,
    repeat: int,
    start_at: float | None,
    report: tuple[str, ...],
    fail_if: tuple[str, ...],
    compare: tuple[str, str] | None,
    merge: tuple[str, ...],
) -> None:
    """
    Make load on the server at URL, and measure what it does.

    Without URL, on a server of our own in another process.
    """
    refuse_reconnecting("bench")
    output: dict[str, Any] = {"reports": report, "conditions": fail_if}
    if compare or merge:
        if url is not None or (compare and merge):
            raise UsageError("URL, --compare and --merge exclude each other")
        if versus.carriers:
            raise UsageError("--versus runs something, --compare and --merge nothing")
        from wstool.cli._bench.files import compare_reports, merge_reports

        if compare:
            compare_reports(compare)
        else:
            merge_reports(merge, **output)
        return
    if versus.carriers:
        from wstool.cli._bench.versus import run_versus

        run_versus(arguments, client, versus, repeat=repeat, **output)
        return
    from wstool.cli._bench.run import run_bench

    run_bench(url, arguments, client, repeat=repeat, start_at=start_at, **output)
