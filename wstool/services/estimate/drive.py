"""
The load of a calibration: clients on the shared core that send at random moments.

``Drive`` is all that a calibration knows of it, so that another generator can take its
place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, NamedTuple

from wstool.connection.dial import dial
from wstool.connection.handler import Ending, QuietHandler
from wstool.connection.options import (
    ConnectOptions,
    EndpointOptions,
    ProxyOptions,
    RequestOptions,
    RouteOptions,
    TLSOptions,
)
from wstool.connection.transport import Connection
from wstool.errors import ConnectionLost, TimedOut, WstoolError
from wstool.wire.deflate import DeflateParams
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI


__all__ = ["Drive", "Traffic", "drive", "hold"]

# Connections that are opened at the same time.
_AT_ONCE = 64
# A server that can't keep up gets less, and its clients' memory stays bounded.
_MOST_IN_FLIGHT = 16
_MOST_BYTES_IN_FLIGHT = 64 << 20
_SEED = 6455
_NO_TAKEOVER = DeflateParams(True, True)


class Traffic(NamedTuple):
    """What to send to a server, and for how long."""

    uri: WebSocketURI
    messages: list[tuple[Opcode, bytes]]
    """Taken in turn, over and over."""
    senders: int
    listeners: int
    """Clients that only receive."""
    rate: float
    """Messages a second of all senders together."""
    compression: bool
    compress_min: int
    seconds: float


Drive = Callable[[Traffic, Callable[[], None]], Awaitable[int]]
"""
Send for a while, calling back once it is under way; tell the echoes since then.

What the server has yet to do isn't among them, so that its CPU belongs to them alone.
They leave at random moments (Poisson), as those of many independent clients do.
"""


async def drive(traffic: Traffic, begun: Callable[[], None]) -> int:
    """Send with clients of our own, as a ``Drive``."""
    limit = _find_limit(traffic)
    senders = [
        _Client(traffic.messages, number, limit) for number in range(traffic.senders)
    ]
    listeners = [_Client([], number) for number in range(traffic.listeners)]
    async with _open([*listeners, *senders], traffic) as failed:
        await _send_for(traffic.seconds / 4, traffic, senders, failed)
        begun()
        return await _send_for(traffic.seconds, traffic, senders, failed)


def _find_limit(traffic: Traffic) -> int:
    """Find how many messages of a sender may be on their way."""
    largest = max(len(payload) for _, payload in traffic.messages)
    fit = _MOST_BYTES_IN_FLIGHT // max(traffic.senders * largest, 1)
    return max(1, min(fit, _MOST_IN_FLIGHT))


async def _send_for(
    seconds: float,
    traffic: Traffic,
    senders: list[_Client],
    failed: asyncio.Future[WstoolError],
) -> int:
    """Send at random moments for a while; count what comes back meanwhile."""
    loop = asyncio.get_running_loop()
    chance = Random(_SEED)
    due = loop.time()
    end = due + seconds
    before = sum(client.echoed for client in senders)
    # Timers are too coarse for this: what came due meanwhile would go out as a burst.
    while (now := loop.time()) < end:
        while due <= now:
            due += chance.expovariate(traffic.rate)
            chance.choice(senders).send_next()
        await asyncio.sleep(0)
        if failed.done():
            raise failed.result()
    return sum(client.echoed for client in senders) - before


@asynccontextmanager
async def hold(traffic: Traffic) -> AsyncIterator[None]:
    """Hold connections, each of which has sent one message and got it back."""
    clients = [_Client(traffic.messages, number) for number in range(traffic.senders)]
    async with _open(clients, traffic) as failed:
        for client in clients:
            client.send_next()
            waited: list[asyncio.Future[Any]] = [client.finished, failed]
            # One after the other: a crowd would leave the server large buffers.
            done, _ = await asyncio.wait(
                waited,
                timeout=traffic.seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if client.finished not in done:
                raise failed.result() if done else _time_out(traffic.seconds)
        yield


class _Client(QuietHandler):
    """A client, which gets back what it sends."""

    def __init__(
        self, messages: list[tuple[Opcode, bytes]], number: int, limit: int = 1
    ) -> None:
        """
        Prepare to send messages in turn.

        Args:
            number: Which one to begin with.
            limit: How many may be on their way at the same time.
        """
        self._messages = messages
        self._limit = limit
        self._next = number
        self._sent = 0
        self.echoed = 0
        self.connection: Connection | None = None
        loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[None] = loop.create_future()
        self.failed: asyncio.Future[WstoolError] = loop.create_future()

    def send_next(self) -> None:
        """Send the next message, unless the server is far behind."""
        if self.connection is None or self._sent - self.echoed >= self._limit:
            return
        opcode, payload = self._messages[self._next % len(self._messages)]
        self._next += 1
        self._sent += 1
        self.connection.send(opcode, [payload])

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Count what came back."""
        self.echoed += len(payloads)
        if not self.finished.done():
            self.finished.set_result(None)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Tell that there is no load any more."""
        if not self.failed.done():
            lost = ConnectionLost("the server of the calibration closed")
            self.failed.set_result(ending.error or lost)


@asynccontextmanager
async def _open(
    clients: list[_Client], traffic: Traffic
) -> AsyncIterator[asyncio.Future[WstoolError]]:
    """Connect clients; give what ends when one of them does."""
    options = ConnectOptions(
        traffic.uri,
        request=RequestOptions(deflate=_NO_TAKEOVER if traffic.compression else None),
        # The certificate is one that the server has just made for itself.
        tls=TLSOptions(insecure=True),
        # The server is on this host, where no proxy can be asked to connect to.
        route=RouteOptions(proxy=ProxyOptions(proxy="")),
        endpoint=EndpointOptions(compress_min=traffic.compress_min),
    )
    failed: asyncio.Future[WstoolError] = asyncio.get_running_loop().create_future()
    try:
        for start in range(0, len(clients), _AT_ONCE):
            few = clients[start : start + _AT_ONCE]
            opened = await asyncio.gather(*(dial(options, client) for client in few))
            for client, connection in zip(few, opened, strict=True):
                client.connection = connection
                client.failed.add_done_callback(lambda done: _pass_on(done, failed))
        yield failed
    finally:
        for client in clients:
            if client.connection is not None:
                client.connection.abort()


def _pass_on(
    done: asyncio.Future[WstoolError], failed: asyncio.Future[WstoolError]
) -> None:
    if not failed.done():
        failed.set_result(done.result())


def _time_out(seconds: float) -> TimedOut:
    return TimedOut("waiting for an echo", seconds, "--calibrate-time")
