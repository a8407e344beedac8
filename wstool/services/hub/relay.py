"""What stands before a mode and passes everything on."""

from __future__ import annotations

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.services.hub.mode import Mode
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["RelayMode"]


class RelayMode(Mode):
    """A mode that passes every call on to another."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Pass messages on."""
        self._mode.batch_received(connection, opcode, payloads)

    @property
    def delivered(self) -> int:  # type: ignore[override]
        """Give the mode's count."""
        return self._mode.delivered

    async def start(self) -> None:
        """Start the mode."""
        await self._mode.start()

    async def stop(self) -> None:
        """Stop the mode."""
        await self._mode.stop()

    def describe_health(self) -> dict[str, object]:
        """Describe the mode's health."""
        return self._mode.describe_health()

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse whom the mode refuses."""
        return self._mode.refuse(visitor)

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Pass a new client on."""
        self._mode.connection_opened(connection, visitor)

    def writing_paused(self, connection: Connection, /) -> None:
        """Pass it on."""
        self._mode.writing_paused(connection)

    def writing_resumed(self, connection: Connection, /) -> None:
        """Pass it on."""
        self._mode.writing_resumed(connection)

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Pass a ping on."""
        self._mode.ping_received(connection, payload)

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Pass a pong on."""
        self._mode.pong_received(connection, payload)

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Pass a close frame on."""
        self._mode.close_received(connection, close)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Pass an end on."""
        self._mode.connection_ended(connection, ending)
