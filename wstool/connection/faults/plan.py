"""The faults of a server, dealt out to its connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from wstool.connection.faults.layer import FaultLayer
from wstool.connection.faults.options import FaultOptions
from wstool.connection.faults.script import Script
from wstool.connection.server_event import ServerEvent


__all__ = ["FaultPlan", "describe_struck"]


class FaultPlan:
    """
    Deal out faults.

    Each connection has random numbers of its own, that depend on the seed and on how
    many connections came before it.
    """

    def __init__(
        self, options: FaultOptions, log: Callable[[ServerEvent], None]
    ) -> None:
        """
        Start before the first connection.

        Args:
            log: Is told at the end of a connection which faults have struck.
        """
        self._options = options
        self._log = log
        self._count = 0

    def wrap(self, transport: asyncio.Transport) -> FaultLayer:
        """Put the faults of the next connection between it and its transport."""
        script = self.next_script()

        def ended(peer: str) -> None:
            if struck := describe_struck(script):
                self._log(ServerEvent("faults", peer, struck))

        loop = asyncio.get_running_loop()
        return FaultLayer(transport, script, loop=loop, ended=ended)

    def next_script(self) -> Script:
        """Make the script of the next connection."""
        self._count += 1
        random = Random(f"{self._options.seed}:{self._count}")
        return Script(self._options, random)


def describe_struck(script: Script) -> str:
    """Say which faults have struck, and how often; empty if none has."""
    return ", ".join(
        name if count == 1 else f"{name} × {count}"
        for name, count in script.struck.items()
        if count > 0
    )
