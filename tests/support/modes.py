"""Modes of the server on free ports, and what they tell."""

from __future__ import annotations

from contextlib import asynccontextmanager

from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode

from support.connections import listening
from support.handshakes import make_request_bytes


__all__ = ["Served", "ask_for", "serving_mode"]


class Served:
    """A mode that serves."""

    def __init__(self, mode, listener, log, ends):
        self.mode = mode
        self.listener = listener
        self.log = log
        """Kinds and texts of its events."""
        self.ends = ends
        """What it has ended the server with."""


@asynccontextmanager
async def serving_mode(name, *, make=make_mode, tools=None, **options):
    """
    Run a mode on a free port.

    Args:
        make: Makes the mode out of name, options and tools.
    """
    log, ends = [], []
    tools = ModeTools(lambda event: log.append((event.kind, event.text)), ends.append)
    mode = make(name, ModeOptions(**options), tools)
    async with listening(mode, compression=False, ping_interval=0) as listener:
        await mode.start()
        try:
            yield Served(mode, listener, log, ends)
        finally:
            listener.abort()
            await mode.stop()


def ask_for(resource_name, *lines):
    """Write a request for a path, with more headers."""
    return make_request_bytes(*lines, start=f"GET {resource_name} HTTP/1.1")
