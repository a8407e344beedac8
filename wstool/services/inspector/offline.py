"""
Bytes without their opening handshake.

It may be unknown which side sent them and what the opening handshake agreed on.
"""

from __future__ import annotations

from wstool.services.inspector.conversation import Conversation
from wstool.services.inspector.findings import Direction, Report
from wstool.wire.deflate import DeflateParams
from wstool.wire.dissector import MAX_KEPT


__all__ = ["OfflineInspector"]


class OfflineInspector:
    """
    Inspect bytes without their opening handshake.

    They come in runs, each of one direction. Which one the MASK bit of a run's first
    frame tells: a client's frames are masked. Within a frame the direction stays.
    """

    def __init__(
        self,
        report: Report,
        *,
        compression: bool = True,
        direction: Direction | None = None,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start before the first run.

        Args:
            compression: Whether RSV1 may mean a compressed message.
            direction: Direction of all runs, where it is known.
            max_kept: Bytes to keep of a payload and of a message.
        """
        params = DeflateParams() if compression else None
        self._conversation = Conversation(
            report, params, assume_compression=True, max_kept=max_kept
        )
        # A pong may answer a ping that nobody pasted.
        self._conversation.lose()
        self._known = direction
        self._direction = direction
        self._head = b""

    def start_run(self) -> None:
        """Begin a run of bytes."""
        if self._known is not None:
            return
        if self._direction and not self._conversation.in_frame(self._direction):
            self._direction = None

    def feed(self, data: bytes) -> None:
        """Take bytes of the run."""
        if self._direction is None:
            data = self._head + data
            self._head = b""
            if len(data) < 2:
                self._head = data
                return
            masked = data[1] & 0b1000_0000
            self._direction = Direction.SENT if masked else Direction.RECEIVED
        self._conversation.feed(self._direction, data, None)

    def finish(self) -> None:
        """Report what is missing at the end."""
        if self._head:
            self._conversation.feed(Direction.RECEIVED, self._head, None)
        self._conversation.finish()
