"""Clients that ask for messages by HTTP, now and then or all the time."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence

from wstool.connection.http_client import HTTPClient, HTTPHandler
from wstool.errors import ConnectFailed, TimedOut
from wstool.services.bench.carrier import Carriage, Polling
from wstool.services.bench.mailbox import read_messages
from wstool.services.bench.meter import Meter
from wstool.services.bench.options import Load
from wstool.services.bench.party import Party
from wstool.services.bench.polls import MESSAGES
from wstool.wire.opcode import Opcode


__all__ = ["Pollers"]

_NS_PER_MS = 1e6

MakeRequest = Callable[[str], bytes]
"""Makes the request for a target, whole."""


class _Poller:
    """How far a client has come."""

    __slots__ = ("base", "http", "is_due", "position")

    def __init__(self, http: HTTPClient, base: int) -> None:
        self.http = http
        self.base = base
        """Messages that were published before the run."""
        self.position = 0
        self.is_due = False
        """Whether the next poll waits only for the response to the last one."""


class Pollers(Party):
    """
    A handler of all their connections.

    Poll number j is due at start + (j + 1/2) * interval / clients, by each client in
    turn: the polls are spread evenly, and one timer is enough.
    """

    def __init__(
        self,
        load: Load,
        meter: Meter,
        polling: Polling,
        opcode: Opcode,
        *,
        connect: Callable[[HTTPHandler], Awaitable[HTTPClient]],
        make_request: MakeRequest,
        target: str = "",
        connect_timeout: float = 10.0,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """
        Prepare.

        Args:
            connect: Opens a connection.
            target: What to call the server in a message.
            connect_timeout: Seconds for the first answer on a connection; 0 for no
                limit.
        """
        super().__init__(load, meter, clock=clock)
        self._polling = polling
        self._opcode = opcode
        self._connect = connect
        self._target = target
        self._connect_timeout = connect_timeout
        self._loop = asyncio.get_running_loop()
        self._pollers: dict[HTTPClient, _Poller] = {}
        self._order: list[_Poller] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0
        self._requests = self._empty = self._opening = 0
        self._bytes_sent = self._bytes_received = 0
        self._first: dict[HTTPClient, asyncio.Future[bytes]] = {}
        self._make_request = make_request
        wait = f"&wait={polling.hold:g}" if polling.hold else ""
        marked = make_request(f"{MESSAGES}?since=@{wait}")
        # What is the same in every request is made once.
        self._head, _, self._tail = marked.partition(b"@")

    @property
    def patience(self) -> float:
        """What is published last waits for the next poll."""
        return self.load.drain + (self._polling.interval or 0.0)

    async def open_one(self) -> None:
        """Open a connection, and ask which message was the last."""
        http = await self._connect(self)
        answer = self._first[http] = self._loop.create_future()
        http.request(self._make_request("/last"))
        limit = self._connect_timeout
        try:
            async with asyncio.timeout(limit or None):
                body = await answer
        except TimeoutError:
            http.close()
            doing = f"waiting for the first answer of {self._target}"
            raise TimedOut(doing, limit, "--connect-timeout") from None
        finally:
            del self._first[http]
        self._opening += http.bytes_sent + http.bytes_received
        self._pollers[http] = _Poller(http, int(body))

    def list_transports(self) -> Sequence[asyncio.BaseTransport]:
        """List the transports of the open connections."""
        return [http.transport for http in self._pollers]

    def begin(self, start: int) -> None:
        """Begin to poll."""
        super().begin(start)
        for http in self._pollers:
            self._bytes_sent -= http.bytes_sent
            self._bytes_received -= http.bytes_received
        self._order = list(self._pollers.values())
        if self._polling.interval is None:
            for poller in self._order:
                self._poll(poller)
        else:
            self._tick()

    def count(self) -> Carriage:
        """Count requests and responses."""
        https = self._pollers
        return Carriage(
            opening_bytes=self._opening,
            bytes_sent=self._bytes_sent + sum(http.bytes_sent for http in https),
            bytes_received=(
                self._bytes_received + sum(http.bytes_received for http in https)
            ),
            requests=self._requests,
            empty=self._empty,
        )

    async def close(self) -> None:
        """End the connections, which needs nobody else."""
        self.abort()

    def abort(self) -> None:
        """End the connections at once."""
        if self._timer is not None:
            self._timer.cancel()
        for http in [*self._pollers, *self._first]:
            http.close()

    # What connections call.

    def response_received(self, client: HTTPClient, status: int, body: bytes) -> None:
        """Take the response to a poll, and make the next one if it is due."""
        first = self._first.get(client)
        poller = self._pollers.get(client)
        if first is not None and not first.done():
            if status == 200 and body.isdigit():
                first.set_result(body)
            else:
                problem = f"it answered {status} to the first request"
                first.set_exception(ConnectFailed(self._target, problem))
        elif poller is not None:
            self._take_response(poller, status, body)

    def client_ended(self, client: HTTPClient, problem: str) -> None:
        """Count what a connection takes with it that ended too early."""
        first = self._first.get(client)
        if first is not None and not first.done():
            first.set_exception(ConnectFailed(self._target, problem))
        elif client in self._pollers:
            self.meter.fall(self.seconds(), "connection_lost", problem)
            self._drop(self._pollers[client], "the connection ended first")

    def _take_response(self, poller: _Poller, status: int, body: bytes) -> None:
        if status != 200:
            problem = f"a poll was answered with {status}: "
            problem += body[:100].decode(errors="backslashreplace").strip()
            self.meter.fail(f"http_{status}", problem)
            self._drop(poller, problem)
            return
        try:
            payloads = read_messages(self._opcode, body)
        except ValueError as error:
            self._drop(poller, f"a response isn't whole: {error}")
            return
        if payloads:
            poller.position = self.take(poller.position, payloads)
        else:
            self._empty += 1
        if poller.is_due or self._polling.interval is None:
            poller.is_due = False
            self._poll(poller)

    def _poll(self, poller: _Poller) -> None:
        if poller.http.is_waiting:
            poller.is_due = True
        elif poller.position < self.deliveries.count:
            self._requests += 1
            since = poller.base + poller.position
            poller.http.request(b"%b%d%b" % (self._head, since, self._tail))

    def _tick(self) -> None:
        """Make the polls that are due."""
        interval, start = self._polling.interval, self.start
        if interval is None or start is None or not self._order:
            return
        period = interval * 1e9 / len(self._order)
        after = max(int((self.clock() - start) / period + 0.5), 0)
        # Whoever was late polls once, however often it should have.
        for number in range(max(self._next, after - len(self._order)), after):
            poller = self._order[number % len(self._order)]
            if poller.http in self._pollers:
                self._poll(poller)
        self._next = after
        wait = start + (after + 0.5) * period - self.clock()
        # Loops wake up by whole milliseconds: what is due within one goes together, and
        # no CPU is spent on waiting for a part of one.
        milliseconds = max(math.ceil(wait / _NS_PER_MS), 1)
        self._timer = self._loop.call_later(milliseconds / 1e3, self._tick)

    def _drop(self, poller: _Poller, problem: str) -> None:
        """Give a client up."""
        http = poller.http
        del self._pollers[http]
        http.close()
        self.meter.open -= 1
        self._bytes_sent += http.bytes_sent
        self._bytes_received += http.bytes_received
        self.lose(poller.position, problem)
