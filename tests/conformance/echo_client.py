"""
Play the client under test: an echo client on wstool's connection core.

    python tests/conformance/echo_client.py ws://127.0.0.1:PORT [PORT]

With a second port it connects to that, and names the first in the Host header, where
the fuzzing server wants its own. It asks the fuzzing server how many cases there are,
echoes in each of them, and has the report written.
"""

from __future__ import annotations

import asyncio
import functools
import sys

from wstool.connection.dial import dial
from wstool.connection.handler import Ending
from wstool.connection.options import (
    ConnectOptions,
    ConnectRule,
    EndpointOptions,
    RouteOptions,
)
from wstool.connection.transport import Connection
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri


AGENT = "wstool"
# The report is written while its handshake is under way.
HANDSHAKE_LIMIT = 300


class Collector:
    """A handler that collects messages."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Keep messages."""
        self.payloads += payloads

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Take note of a ping."""

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Take note of a pong."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Take note of a close frame."""

    def writing_paused(self, connection: Connection, /) -> None:
        """Read no more until the server has taken what was sent."""
        connection.pause_reading()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Go on reading."""
        connection.resume_reading()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end."""
        self.ended.set_result(None)


class Echo(Collector):
    """A handler that sends messages back."""

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Send messages back."""
        connection.send(opcode, payloads)


async def main() -> None:
    """Run all cases that the fuzzing server has."""
    base, *port = sys.argv[1:]
    rules = [ConnectRule("", None, "", int(number)) for number in port]
    visit = functools.partial(_visit, RouteOptions(connect_to=tuple(rules)))
    count = await visit(f"{base}/getCaseCount", Collector())
    for number in range(1, int(count.payloads[0]) + 1):
        await visit(f"{base}/runCase?case={number}&agent={AGENT}", Echo())
    await visit(f"{base}/updateReports?agent={AGENT}", Collector())


async def _visit(route: RouteOptions, uri: str, handler: Collector) -> Collector:
    """Connect to a URI and wait for the end of the connection."""
    options = ConnectOptions(
        parse_uri(uri),
        route=route,
        connect_timeout=HANDSHAKE_LIMIT,
        # The fuzzing server doesn't answer pings in all its cases.
        endpoint=EndpointOptions(ping_interval=0),
    )
    await dial(options, handler)
    await handler.ended
    return handler


if __name__ == "__main__":
    asyncio.run(main())
