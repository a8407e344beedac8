"""Lines that are done before anything is typed."""

from __future__ import annotations

import asyncio

from wstool.cli._connect.context import Context
from wstool.cli._files import read_file
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.services.interactive import Phase


__all__ = ["perform_lines", "read_lines"]

_NOT_SETTLED = (Phase.CONNECTING, Phase.WAITING, Phase.CLOSING)


async def perform_lines(context: Context, lines: tuple[str, ...]) -> None:
    """Do what lines say as if they were typed, once there is a connection."""
    if not lines:
        return
    from wstool.cli._connect.actions import perform

    for line in lines:
        await _settle(context)
        await context.conversation.writable()
        if not perform(context, line):
            context.tell_error(f"that was line {line!r} of --init")


def read_lines(path: str, *, limit: int) -> tuple[str, ...]:
    """
    Read the lines of a file that aren't empty.

    Raises:
        InputInvalid: If it can't be read, or is larger than the limit in bytes.
    """
    try:
        data = read_file(path, limit + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(path, problem) from error
    if len(data) > limit:
        raise InputInvalid(path, f"more than {limit} bytes; --max-input sets the limit")
    lines = data.decode(errors="surrogateescape").split("\n")
    return tuple(line for line in (line.removesuffix("\r") for line in lines) if line)


async def _settle(context: Context) -> None:
    """Wait until it's connected, or it's clear that it won't be."""
    conversation = context.conversation
    # A command that connects has only begun to.
    await asyncio.sleep(0)
    while conversation.phase in _NOT_SETTLED:
        await conversation.wait_until(Phase.OPEN, Phase.CLOSED, Phase.IDLE)
        await asyncio.sleep(0)
