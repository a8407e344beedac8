"""The mode ``echo``."""

from __future__ import annotations

from wstool.connection.transport import Connection
from wstool.services.hub.mode import Mode
from wstool.wire.opcode import Opcode


__all__ = ["EchoMode"]


class EchoMode(Mode):
    """Send every message back to the client that sent it."""

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Send messages back."""
        connection.send(opcode, payloads)

    def writing_paused(self, connection: Connection, /) -> None:
        """Read nothing from a client that doesn't read."""
        connection.pause_reading()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Read again from a client that reads again."""
        connection.resume_reading()
