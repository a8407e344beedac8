"""Loads on virtual servers."""

from __future__ import annotations

import asyncio

from wstool.services.bench import Load, Supply, make_payloads, run_load
from wstool.wire.opcode import Opcode

from support.virtual import Outcome, run_virtually


__all__ = ["make_load_on"]


def make_load_on(server, *, supply=None, meddle=None, gate=None, **options):
    """
    Make a load on a server by virtual time.

    Args:
        meddle: Is called with the future that stops the run, in its first turn.
        gate: Is awaited when the connections are open; gives the time to begin at.
        options: Of the load.
    """
    outcome = Outcome()

    async def run(clock):
        stopped = asyncio.get_running_loop().create_future()
        if meddle is not None:
            meddle(stopped)
        await run_load(
            Load(**options),
            supply or Supply(Opcode.TEXT, make_payloads(10, 10)),
            server.dial,
            report=outcome.add,
            stopped=stopped,
            gate=gate,
            clock=clock,
        )

    run_virtually(run)
    return outcome
