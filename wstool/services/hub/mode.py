"""What all modes are: a handler that needs to do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.handler import QuietHandler
from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.errors import WstoolError
from wstool.services.hub.slow import SlowConsumer
from wstool.wire.batch import Batch


__all__ = ["Mode", "ModeOptions", "ModeTools"]


class ModeOptions(NamedTuple):
    """What modes can be told; each takes what it knows."""

    include_sender: bool = False
    """Whether a client gets its own messages too."""
    queue_limit: int = 16 << 20
    """Bytes that may wait for one client."""
    slow_consumer: SlowConsumer = SlowConsumer.CLOSE
    """What is done with a client over the limit."""
    compress_min: int = 1024
    """Smallest message in bytes that is compressed."""
    history: int = 0
    """Messages of a room that who joins gets."""
    ids: bool = False
    """Whether messages have ids, with which clients can come back."""
    keep: int = 10_000
    """Messages of a room that are kept for those who come back."""
    keep_bytes: int = 64 << 20
    """Bytes that are kept in all."""
    bus: str | None = None
    """URL of the Redis through which several servers are one."""
    bus_key: str = "wstool"
    """Name of the stream there."""
    replies: tuple[bytes, ...] = ()
    """Templates of ``reply``."""
    messages: tuple[bytes, ...] = ()
    """Templates of ``stream``."""
    every: float = 0.0
    """Seconds between messages of ``stream``; 0 for its own interval."""
    profile: str | None = None
    """Kind of synthetic traffic of ``stream``."""
    seed: int = 0
    """Start of the random numbers of synthetic traffic."""
    lines: int | None = None
    """Descriptor whose lines ``stream`` and ``talk`` send."""
    show: Callable[[int, Batch], None] | None = None
    """Shows what clients send to ``talk``, with their numbers."""
    command: tuple[str, ...] = ()
    """What ``exec`` runs for each client."""
    max_processes: int = 100
    """Processes that ``exec`` runs at once."""
    max_line: int = 16 << 20
    """Bytes that a line of a process may have."""


class ModeTools(NamedTuple):
    """What a server lends to its mode."""

    log: Callable[[ServerEvent], None]
    """Takes an event for the log."""
    end: Callable[[WstoolError | None], None]
    """Ends the server: in good order with None, else with an error."""


class Mode(QuietHandler):
    """A mode that does nothing with what comes; the others say what they do."""

    delivered = 0
    """Messages that went out through ``send_serialized``, for the metrics."""

    async def start(self) -> None:
        """Begin what goes on without clients; the server listens by now."""

    async def stop(self) -> None:
        """End what ``start`` began; all connections have ended by now."""

    def describe_health(self) -> dict[str, object]:
        """Give what ``/healthz`` should show besides the server's own state."""
        return {}

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse nobody."""
        return None

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Need nothing for a new client."""
