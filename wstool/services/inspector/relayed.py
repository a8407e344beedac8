"""The connections that pass through a proxy."""

from __future__ import annotations

from collections.abc import Callable

from wstool.errors import WstoolError
from wstool.services.inspector.findings import Direction, Report
from wstool.services.inspector.stream import Connections, StreamInspector
from wstool.wire.dissector import MAX_KEPT


__all__ = ["RelayInspector"]


class RelayInspector:
    """Inspect all connections of a proxy, as their bytes pass."""

    def __init__(
        self,
        report: Report,
        *,
        clock: Callable[[], float],
        tell: Callable[[str], None],
        compression: bool = True,
        max_kept: int = MAX_KEPT,
    ) -> None:
        """
        Start before the first connection.

        Args:
            report: Takes what is found.
            clock: Tells the time in seconds since the epoch.
            tell: Takes what happens to connections of which nothing is known yet.
            compression: Whether RSV1 may mean compression where nobody knows.
            max_kept: Bytes to keep of a payload and of a message.
        """
        self._shared = Connections(report, compression=compression, max_kept=max_kept)
        self._clock = clock
        self._tell = tell

    def watch(self, client: str, server: str) -> _Watcher:
        """Make the watcher of a connection."""
        inspector = StreamInspector(self._shared, (client, server))
        return _Watcher(inspector, self._clock, self._tell, client)


class _Watcher:
    """Inspect one connection."""

    def __init__(
        self,
        inspector: StreamInspector,
        clock: Callable[[], float],
        tell: Callable[[str], None],
        client: str,
    ) -> None:
        self._inspector = inspector
        self._clock = clock
        self._tell = tell
        self._client = client

    def client_sent(self, data: bytes) -> None:
        """Take bytes that the client sent."""
        self._inspector.feed(Direction.SENT, data, self._clock())

    def server_sent(self, data: bytes) -> None:
        """Take bytes that the server sent."""
        self._inspector.feed(Direction.RECEIVED, data, self._clock())

    def failed(self, error: WstoolError) -> None:
        """Take what kept the client from its server."""
        self._tell(f"{self._client} gets no server: {error}")

    def ended(self) -> None:
        """Take note that the connection is over."""
        self._inspector.end(self._clock(), told=True)
