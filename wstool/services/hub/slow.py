"""Clients that read slowly: what is done with what waits for them."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.phrases import count_bytes
from wstool.wire.close import Close, CloseCode


__all__ = ["SlowConsumer", "SlowReaders"]


class SlowConsumer(enum.Enum):
    """What is done with a client for which too much waits."""

    CLOSE = "close"
    DROP_OLDEST = "drop-oldest"
    DROP_NEWEST = "drop-newest"


class _Backlog:
    """What waits for a slow client, and what was dropped for it."""

    __slots__ = ("dropped", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: deque[tuple[bytes, int]] = deque()
        self.size = 0
        self.dropped = 0


class SlowReaders:
    """
    The slow ones among a fan-out's clients; nothing is kept of the others.

    What was read in a turn is kept or dropped as a whole.
    """

    def __init__(
        self,
        policy: SlowConsumer,
        queue_limit: int,
        log: Callable[[ServerEvent], None],
    ) -> None:
        self._policy = policy
        self._limit = queue_limit
        self._log = log
        self._backlogs: dict[Connection, _Backlog] = {}

    def __contains__(self, connection: Connection) -> bool:
        """Tell whether something waits here for a client."""
        return connection in self._backlogs

    def __len__(self) -> int:
        """Count the slow ones."""
        return len(self._backlogs)

    def send(self, connection: Connection, data: bytes, count: int) -> bool:
        """
        Send to a client that doesn't read, as far as the limit goes.

        Args:
            count: Number of messages in the data.

        Returns:
            Whether the client can stay.
        """
        if not connection.is_open:
            return True
        waiting = connection.pending_bytes() + len(data)
        if self._policy is SlowConsumer.DROP_OLDEST:
            self._keep(connection, data, count)
        elif waiting <= self._limit:
            connection.send_serialized(data)
        elif self._policy is SlowConsumer.DROP_NEWEST:
            self._find_backlog(connection).dropped += count
        else:
            self._cut_off(connection, waiting)
            return False
        return True

    def resume(self, connection: Connection) -> None:
        """Send what waits for a client that reads again."""
        backlog = self._backlogs.get(connection)
        if backlog is None:
            return
        while backlog.pieces and not connection.writing_is_paused:
            data, _ = backlog.pieces.popleft()
            backlog.size -= len(data)
            connection.send_serialized(data)
        if not backlog.pieces:
            self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """Forget a client, and say what it missed."""
        backlog = self._backlogs.pop(connection, None)
        if backlog is not None and backlog.dropped:
            text = f"missed {backlog.dropped} messages, since it read too slowly"
            self._log(ServerEvent("dropped", connection.peer, text))

    def _keep(self, connection: Connection, data: bytes, count: int) -> None:
        backlog = self._find_backlog(connection)
        backlog.pieces.append((data, count))
        backlog.size += len(data)
        room = self._limit - connection.pending_bytes()
        while backlog.size > room and backlog.pieces:
            oldest, dropped = backlog.pieces.popleft()
            backlog.size -= len(oldest)
            backlog.dropped += dropped

    def _find_backlog(self, connection: Connection) -> _Backlog:
        backlog = self._backlogs.get(connection)
        if backlog is None:
            backlog = self._backlogs[connection] = _Backlog()
        return backlog

    def _cut_off(self, connection: Connection, waiting: int) -> None:
        problem = f"reads too slowly: {count_bytes(waiting)} wait for it"
        self._log(ServerEvent("cut off", connection.peer, problem))
        connection.close(Close(CloseCode.POLICY_VIOLATION, problem))
