"""The mode ``sink``."""

from __future__ import annotations

from wstool.connection.handler import Ending
from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.connection.visitor import Visitor
from wstool.phrases import count_bytes, count_messages
from wstool.services.hub.mode import Mode, ModeTools
from wstool.wire.opcode import Opcode


__all__ = ["SinkMode"]


class SinkMode(Mode):
    """Read everything, count it, and say how much it was."""

    def __init__(self, tools: ModeTools) -> None:
        """Start at nothing."""
        self._log = tools.log
        self._counts: dict[Connection, _Count] = {}
        self._total = _Count()
        self._clients = 0

    async def stop(self) -> None:
        """Tell what came in all."""
        if self._clients:
            self._log(ServerEvent("received", "all clients", str(self._total)))

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Begin to count."""
        self._clients += 1
        self._counts[connection] = _Count()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Count messages."""
        size = sum(map(len, payloads))
        for count in (self._counts[connection], self._total):
            count.messages += len(payloads)
            count.size += size

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Tell what a client has sent."""
        count = self._counts.pop(connection)
        self._log(ServerEvent("received", connection.peer, str(count)))


class _Count:
    """How much came."""

    __slots__ = ("messages", "size")

    def __init__(self) -> None:
        self.messages = 0
        self.size = 0

    def __str__(self) -> str:
        return f"{count_messages(self.messages)}, {count_bytes(self.size)}"
