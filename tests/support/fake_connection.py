"""A connection that keeps what it is told, for what stands on top of one."""

from __future__ import annotations

from types import SimpleNamespace

from wstool.wire.opcode import Opcode


__all__ = ["FakeConnection"]

_HEADER_SIZE = 6


class FakeConnection:
    """Keep what is sent, and how far the peer has taken it is for the test to say."""

    def __init__(self) -> None:
        self.sent: list[tuple[Opcode, bytes]] = []
        """Messages and control frames sent."""
        self.reading_is_paused = False
        self.is_open = True
        self.writing_is_paused = False
        self.bytes_sent = 0
        self.bytes_taken = 0
        """Bytes that the peer has acknowledged."""
        self.endpoint = SimpleNamespace(plain_size=1 << 16)

    def send(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """Send short messages."""
        if self.is_open:
            self.sent += [(opcode, payload) for payload in payloads]
            self.bytes_sent += sum(_HEADER_SIZE + len(payload) for payload in payloads)

    def send_ping(self, payload: bytes) -> None:
        """Send a ping."""
        self.send(Opcode.PING, [payload])

    def send_pong(self, payload: bytes) -> None:
        """Send a pong."""
        self.send(Opcode.PONG, [payload])

    def unacknowledged_bytes(self) -> int:
        """Tell what the peer has not taken yet."""
        return self.bytes_sent - self.bytes_taken

    def pause_reading(self) -> None:
        """Note that nothing is to arrive."""
        self.reading_is_paused = True

    def resume_reading(self) -> None:
        """Note that messages may arrive again."""
        self.reading_is_paused = False
