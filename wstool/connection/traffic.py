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
        "pinged_at",
        "round_trip",
        "round_trip_seconds",
        "round_trips",
    )

    def __init__(self) -> None:
        self.bytes_received = self.bytes_sent = 0
        """Bytes read and written behind the opening handshake."""
        self.messages_received = self.messages_sent = 0
        """Messages that came, and those that went out through ``send``."""
        self.control_sent = 0
        """Bytes of pings and pongs among those written."""
        self.pinged_at = 0.0
        """When the last ping went out that is without a pong; 0 for none."""
        self.round_trip = 0.0
        """Seconds from the last ping to its pong."""
        self.round_trips = 0
        self.round_trip_seconds = 0.0
        """How many there were, and their sum."""

    def pong_arrived(self, now: float) -> None:
        """Take the time of a round trip, if a ping waits for its pong."""
        if self.pinged_at:
            self.round_trip = now - self.pinged_at
            self.round_trips += 1
            self.round_trip_seconds += self.round_trip
            self.pinged_at = 0.0

    @property
    def activity(self) -> int:
        """A number that changes with each message, and not with pings and pongs."""
        return self.messages_received + self.bytes_sent - self.control_sent
