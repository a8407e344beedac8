"""Running a server from its start to its end."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wstool.cli._loop import Stop
from wstool.cli._output import Note, write_stdout
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.server_event import ServerEvent
from wstool.connection.waiting import first_of
from wstool.errors import WstoolError
from wstool.services.hub.mode import Mode, ModeTools


__all__ = ["ServePlan", "serve_until_stopped"]


class ServePlan(NamedTuple):
    """A server that is to run."""

    make_mode: Callable[[ModeTools], Mode]
    options: ListenOptions
    note: Note
    """Takes sentences for the user."""
    log: Callable[[ServerEvent], None]
    grace: float
    """Seconds that clients have to answer the close frame at the end."""
    ca_path: Path | None = None
    """File with the authority that clients have to trust, where it is our own."""


async def serve_until_stopped(plan: ServePlan, stop: Stop) -> None:
    """
    Serve until somebody wants it to stop.

    Raises:
        ConnectFailed: If an address can't be had.
        WstoolError: What the mode ended the server with.
    """
    ended: asyncio.Future[WstoolError | None] = (
        asyncio.get_running_loop().create_future()
    )

    def end(error: WstoolError | None) -> None:
        if not ended.done():
            ended.set_result(error)

    mode = plan.make_mode(ModeTools(plan.log, end))
    listener = await listen(mode, plan.options, plan.log)
    try:
        await mode.start()
        _announce(plan, listener.url)
        await first_of(stop.requested, ended)
        await listener.stop(grace=plan.grace)
    finally:
        listener.abort()
        await mode.stop()
    error = ended.result() if ended.done() else None
    if error is not None:
        raise error


def _announce(plan: ServePlan, url: str) -> None:
    """Say where it listens, and how a client gets there."""
    write_stdout(f"{url}\n")
    if plan.ca_path is not None:
        command = shlex.join(["wstool", "connect", "--cacert", str(plan.ca_path), url])
        plan.note(f"its certificate is of an own authority: {command}")
