"""What load is to be made."""

from __future__ import annotations

import enum
from typing import NamedTuple

from wstool.services.bench.metronome import EVEN
from wstool.services.bench.publication import Publication
from wstool.wire.batch import Batch
from wstool.wire.close import Close, CloseCode


__all__ = ["Kind", "Load", "Pace"]


class Kind(enum.Enum):
    """What is measured."""

    ECHO = "echo"
    """Round trips: a message, and its reply."""
    SEND = "send"
    """How many messages the server takes."""
    RECEIVE = "receive"
    """How many messages the server sends."""
    FANOUT = "fanout"
    """Publishers and subscribers: how long a message takes to each of these."""
    CONNECT = "connect"
    """Opening handshakes, one after another."""
    IDLE = "idle"
    """Connections that are held, and how they fall."""


class Pace(NamedTuple):
    """How fast messages come, and in which order of bursts and pauses."""

    rate: float
    """Messages a second."""
    pattern: tuple[float, ...] = EVEN


class Load(NamedTuple):
    """The load of one process."""

    kind: Kind = Kind.ECHO
    connections: int = 1
    """With fanout: the subscribers."""
    publishers: int = 1
    """With fanout: connections that publish, besides the others."""
    publication: Publication | None = None
    """With fanout in several processes: how many messages were published."""
    duration: float | None = 10.0
    """Seconds; None without a limit, which then ``limit`` has to be."""
    limit: int | None = None
    """Messages to send or receive, or handshakes; None without a limit."""
    depth: int = 1
    """Messages in flight on a connection, without a rate."""
    rate: float | None = None
    """Messages or handshakes a second, over all connections; None for a closed loop."""
    pattern: tuple[float, ...] = EVEN
    """When messages are due, with a rate; see ``Metronome``."""
    order: tuple[int, ...] = ()
    """
    Which connections they are due on, with a rate, by their indexes.

    It comes round again. Empty for all connections in turn.
    """
    awake: bool = False
    """
    Whether never to sleep between messages, with a rate.

    Who sleeps has to be woken, and on the same machine the server's writes do that.
    """
    drain: float = 5.0
    """Seconds to wait at the end for what is still on its way."""
    patience: float = 30.0
    """Without a duration: seconds in which nothing happens before it ends."""
    any_reply: bool = False
    """Whether a reply may differ from its message."""
    greeting: tuple[Batch, ...] = ()
    """Messages that each connection sends first."""
    dialing: int = 64
    """Connections that may be in their opening handshake at a time."""
    close: Close = Close(CloseCode.NORMAL_CLOSURE)
    ok_close: frozenset[int] = frozenset({1000, 1001})
    run_id: bytes = b"00000000"
    """With fanout: eight hex digits that tell this run's messages from others."""
