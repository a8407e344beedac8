"""A mode under watch: the newest messages are kept for whoever wants to see them."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from wstool.connection.transport import Connection
from wstool.services.hub.mode import Mode
from wstool.services.hub.relay import RelayMode
from wstool.wire.opcode import Opcode


__all__ = ["SeenMessage", "Watch"]

_KEPT_BYTES = 200


class SeenMessage(NamedTuple):
    """A message that came."""

    peer: str
    is_text: bool
    size: int
    beginning: bytes


class Watch(RelayMode):
    """A mode whose newest messages are kept, one of each batch."""

    def __init__(self, mode: Mode, *, count: int) -> None:
        super().__init__(mode)
        self.newest: deque[SeenMessage] = deque(maxlen=count)
        """The newest messages, the newest last."""

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep the beginning of the last message, and hand all on."""
        last = payloads[-1]
        self.newest.append(
            SeenMessage(
                connection.peer, opcode is Opcode.TEXT, len(last), last[:_KEPT_BYTES]
            )
        )
        self._mode.batch_received(connection, opcode, payloads)
