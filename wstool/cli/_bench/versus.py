"""Running a comparison: from the options to the report."""

from __future__ import annotations

import time

from wstool.cli._bench.options import LoadArguments
from wstool.cli._bench.output import Judge, put_out
from wstool.cli._bench.progress import Progress
from wstool.cli._bench.run import describe_run
from wstool.cli._bench.versus_clients import Phase
from wstool.cli._bench.versus_conduct import conduct_phase
from wstool.cli._bench.versus_options import VersusArguments, make_versus_load
from wstool.cli._bench.versus_server import start_versus_server
from wstool.cli._options import ClientArguments
from wstool.errors import ExpectationFailed, WstoolError
from wstool.services.bench.carrier import Carrier
from wstool.services.bench.report import Document
from wstool.services.bench.versus import (
    add_columns,
    make_column,
    make_versus,
    name_carrier,
)
from wstool.streams.jsonl import render_time


__all__ = ["run_versus"]


def run_versus(
    arguments: LoadArguments,
    client: ClientArguments,
    versus: VersusArguments,
    *,
    repeat: int,
    reports: tuple[str, ...],
    conditions: tuple[str, ...],
) -> None:
    """
    Run a comparison, and put its result out.

    Raises:
        WstoolError: What kept it from measuring; ExpectationFailed if a condition
            says so, or a message did not reach every client once and in order.
    """
    carriers = (Carrier.WEBSOCKET, *versus.carriers)
    judge = Judge(conditions, reports, carriers)
    load, supply = make_versus_load(arguments, client)
    started = render_time(time.time())
    server = start_versus_server(supply.opcode)
    phases = [
        Phase(carrier, load, supply, client, versus.poll_interval, server)
        for carrier in carriers
    ]
    try:
        columns, ended = _run_all(phases, repeat)
    finally:
        server.child.end()
    if not columns:
        raise ended or AssertionError("a comparison ended early for no reason")
    facts = describe_run(load, supply, target=server.describe(), started=started)
    facts["load"] = {**facts["load"], "poll_interval": versus.poll_interval}
    document = make_versus(columns, facts)
    put_out(document, reports)
    if ended is not None:
        raise ended
    _check_deliveries(document)
    judge.check(document)


def _run_all(
    phases: list[Phase], repeat: int
) -> tuple[list[Document], WstoolError | None]:
    """Run all phases in turn, several times, so that noise hits all of them alike."""
    found: dict[Carrier, list[Document]] = {phase.carrier: [] for phase in phases}
    ended: WstoolError | None = None
    for phase in phases * repeat:
        try:
            column, ended = _run_phase(phase)
        except WstoolError as error:
            # What was measured before it is shown all the same.
            column, ended = None, error
        if column is not None:
            found[phase.carrier].append(column)
        if ended is not None:
            break
    return [add_columns(columns) for columns in found.values() if columns], ended


def _run_phase(phase: Phase) -> tuple[Document | None, WstoolError | None]:
    """Run a phase; without a column if it was stopped before it began."""
    load = phase.load
    length = (load.limit or 0) / (load.rate or 1.0)
    progress = Progress(
        load._replace(limit=None, duration=length),
        quiet=phase.client.quiet,
        title=phase.carrier.value,
    )
    try:
        result = conduct_phase(phase, progress.show)
    finally:
        progress.clear()
    if result.carriage is None:
        return None, result.ended
    is_polling = phase.carrier is Carrier.POLLING
    column = make_column(
        result.tally,
        phase.carrier,
        result.carriage,
        poll_interval=phase.poll_interval if is_polling else None,
        server_cpu=result.server_cpu,
    )
    return column, result.ended


def _check_deliveries(document: Document) -> None:
    """Check that what is compared did the same."""
    wrong = [
        f"{error['times']:,} {error['kind']} by {name_carrier(column)}"
        for column in document["carriers"]
        for error in column["errors"]
    ]
    if wrong:
        raise ExpectationFailed("every message once and in order", ", ".join(wrong))
