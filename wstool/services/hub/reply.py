"""The mode ``reply``."""

from __future__ import annotations

import time
from collections.abc import Callable

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.connection.visitor import Visitor
from wstool.services.hub.echo import EchoMode
from wstool.traffic.template import Template, Values, render_all
from wstool.wire.opcode import Opcode


__all__ = ["ReplyMode"]


class ReplyMode(EchoMode):
    """Answer each message of a client with the next reply, in turn."""

    def __init__(
        self, replies: tuple[bytes, ...], *, clock: Callable[[], float] = time.time
    ) -> None:
        """
        Prepare.

        Args:
            replies: Templates, at least one.
            clock: Tells the time in seconds since the epoch.
        """
        self._templates = [Template(reply) for reply in replies]
        self._clock = clock
        self._counts: dict[Connection, int] = {}

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Begin with the first reply."""
        self._counts[connection] = 0

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Answer messages."""
        first = self._counts[connection]
        self._counts[connection] = first + len(payloads)
        templates, now = self._templates, self._clock()
        replies = [
            templates[(number - 1) % len(templates)].render(
                Values(payload, number, now)
            )
            for number, payload in enumerate(payloads, first + 1)
        ]
        for batch in render_all(replies):
            connection.send(batch.opcode, batch.payloads)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        del self._counts[connection]
