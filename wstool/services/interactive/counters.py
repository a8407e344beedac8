"""What is counted and measured in a conversation."""

from __future__ import annotations


__all__ = ["Counters", "RoundTrips"]

_MAX_PENDING = 64


class Counters:
    """Counts over all connections of a conversation."""

    def __init__(self) -> None:
        self.messages_received = 0
        self.messages_sent = 0
        self.bytes_received = 0
        """Bytes of payload."""
        self.bytes_sent = 0
        """Bytes of payload."""
        self.wire_received = 0
        """Bytes that came behind the opening handshakes, frames and all."""
        self.wire_sent = 0
        self.pings_received = 0
        self.pongs_received = 0
        self.pings_sent = 0
        self.pongs_sent = 0
        self.connections = 0
        """Connections that were opened."""

    def add_received(self, payloads: list[bytes]) -> None:
        """Count messages that arrived."""
        self.messages_received += len(payloads)
        self.bytes_received += sum(map(len, payloads))

    def add_sent(self, payloads: list[bytes]) -> None:
        """Count messages that were sent."""
        self.messages_sent += len(payloads)
        self.bytes_sent += sum(map(len, payloads))

    @property
    def ratio(self) -> float | None:
        """How many bytes of payload went in a byte on the wire; None before any."""
        wire = self.wire_received + self.wire_sent
        return (self.bytes_received + self.bytes_sent) / wire if wire else None


class RoundTrips:
    """Pings and the time until their pongs."""

    def __init__(self) -> None:
        self._pending: dict[bytes, float] = {}
        self.count = 0
        self.last: float | None = None
        """Seconds that the last one took."""
        self.shortest: float | None = None
        self.longest: float | None = None
        self._total = 0.0

    @property
    def mean(self) -> float | None:
        """Seconds that one took on average."""
        return self._total / self.count if self.count else None

    def start(self, payload: bytes, now: float) -> None:
        """Take note of a ping; of too many without an answer the oldest is dropped."""
        self._pending.pop(payload, None)
        self._pending[payload] = now
        if len(self._pending) > _MAX_PENDING:
            del self._pending[next(iter(self._pending))]

    def finish(self, payload: bytes, now: float) -> float | None:
        """
        Take a pong.

        5.5.3: a pong answers all pings before its own too, so those are waited for no
        more.

        Returns:
            Seconds since the ping; None for a pong that nobody asked for.
        """
        if payload not in self._pending:
            return None
        for earlier in list(self._pending):
            started = self._pending.pop(earlier)
            if earlier == payload:
                return self._add(now - started)
        raise AssertionError("the ping was there")

    def forget(self) -> None:
        """Wait for no pong any more: the connection is gone."""
        self._pending.clear()

    def _add(self, seconds: float) -> float:
        self.count += 1
        self._total += seconds
        self.last = seconds
        self.shortest = (
            seconds if self.shortest is None else min(self.shortest, seconds)
        )
        self.longest = seconds if self.longest is None else max(self.longest, seconds)
        return seconds
