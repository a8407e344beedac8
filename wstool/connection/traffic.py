"""What has passed through a connection, counted where it passes."""

from __future__ import annotations


__all__ = ["Traffic"]


class Traffic:
    """Counts of a connection, which is one."""

    __slots__ = (
        "bytes_received",
        "bytes_sent",
        "control_sent",
        "messages_received",
        "messages_sent",
    )

    def __init__(self) -> None:
        self.bytes_received = self.bytes_sent = 0
        """Bytes read and written behind the opening handshake."""
        self.messages_received = self.messages_sent = 0
        """Messages that came, and those that went out through ``send``."""
        self.control_sent = 0
        """Bytes of pings and pongs among those written."""

    @property
    def activity(self) -> int:
        """A number that changes with each message, and not with pings and pongs."""
        return self.messages_received + self.bytes_sent - self.control_sent
