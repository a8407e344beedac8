"""
What a calibration knows of its load: that there is something which makes it.

The generator is another service's, so whoever runs the calibration brings it along.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from wstool.services.estimate.split import Messages
from wstool.wire.uri import WebSocketURI


__all__ = ["Driven", "Generator", "Traffic"]


class Traffic(NamedTuple):
    """What to send to a server, and for how long."""

    uri: WebSocketURI
    authority: str | None
    """PEM file with the authority of the server's certificate, if it has one."""
    messages: Messages
    """Taken in turn, over and over."""
    senders: int
    listeners: int
    """Clients that only receive; with any, whoever sends gets a copy, too."""
    rate: float
    """Messages a second of all senders together."""
    compression: bool
    compress_min: int
    seconds: float


class Driven(NamedTuple):
    """What came back."""

    received: int
    """Messages that clients got."""
    seconds: float
    """How long that took."""


class Generator(Protocol):
    """
    Makes load on a server.

    Whatever goes wrong with it raises a WstoolError: a figure is worth nothing if a
    connection fell, or if a message got no reply.
    """

    async def saturate(self, traffic: Traffic) -> Driven:
        """Send as fast as the replies come, whatever the rate."""
        ...

    async def drive(self, traffic: Traffic, look: Callable[[], None]) -> Driven:
        """
        Send at the rate; look when it is under way, and at the end.

        What came between the two counts. What the server has yet to do isn't among it,
        so that its CPU belongs to that alone. Messages leave at random moments
        (Poisson), as those of many independent clients do.
        """
        ...

    def hold(self, traffic: Traffic) -> AbstractAsyncContextManager[None]:
        """Hold connections, each of which has sent one message and got it back."""
        ...
