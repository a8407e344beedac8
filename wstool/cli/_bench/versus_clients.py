"""The processes on the other side of a comparison: its clients, and who publishes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import NamedTuple, TypeVar

from wstool.cli._bench.crew import Link
from wstool.cli._bench.versus_server import Server
from wstool.cli._loop import Stop
from wstool.cli._options import ClientArguments
from wstool.cli._verbose import verbose_observer
from wstool.connection.dial import dial
from wstool.connection.handler import Handler
from wstool.connection.http_client import HTTPClient, HTTPHandler, open_http
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.options import (
    ConnectOptions,
    Observer,
    ProxyOptions,
    RequestOptions,
    RouteOptions,
)
from wstool.connection.transport import Connection
from wstool.services.bench import Load, Supply, run_load
from wstool.services.bench.browser import dress_handshake, make_poll, make_poll_maker
from wstool.services.bench.carrier import HOLD, Carrier, Polling
from wstool.services.bench.handshakes import Dial
from wstool.services.bench.meter import Meter
from wstool.services.bench.party import Party, run_party
from wstool.services.bench.pollers import Pollers
from wstool.services.bench.polls import MESSAGES
from wstool.services.bench.subscribers import OpeningBytes, Subscribers


__all__ = ["Phase", "make_clients", "make_publisher"]

_Seen = TypeVar("_Seen")

_DIRECT = RouteOptions(proxy=ProxyOptions(proxy=""))

Work = Callable[[Link, Stop], Coroutine[object, object, None]]


class Phase(NamedTuple):
    """What one carrier is to do."""

    carrier: Carrier
    load: Load
    supply: Supply
    client: ClientArguments
    poll_interval: float
    server: Server


def make_publisher(phase: Phase) -> Work:
    """Make the work of the process that publishes, by WebSocket in any case."""

    async def work(link: Link, stop: Stop) -> None:
        request = RequestOptions(deflate=None)
        await run_load(
            phase.load._replace(connections=0, publishers=1),
            phase.supply,
            _make_dial(phase, request, Observer()),
            report=lambda sample: link.send(("sample", sample)),
            stopped=stop.requested,
            gate=link.wait_to_begin,
        )
        link.send(("done",))

    return work


def make_clients(phase: Phase) -> Work:
    """Make the work of the process that has all clients."""

    async def work(link: Link, stop: Stop) -> None:
        raise_descriptor_limit()
        client = phase.client
        request = await client.request.read(limit=client.connect_timeout)
        if phase.carrier is Carrier.WEBSOCKET:
            party = _make_subscribers(phase, request)
        else:
            party = _make_pollers(phase, request)
        await run_party(
            party,
            report=lambda sample: link.send(("sample", sample)),
            stopped=stop.requested,
            gate=link.wait_to_begin,
            carried=lambda carriage: link.send(("carried", carriage)),
        )
        link.send(("done",))

    return work


def _make_subscribers(phase: Phase, request: RequestOptions) -> Party:
    opening = OpeningBytes()
    shown = [verbose_observer(phase.client)]

    def observe() -> Observer:
        """Show the first handshake of all, and count each."""
        seen = shown.pop() if shown else Observer()
        return seen._replace(
            request_sent=_do_both(opening.request_sent, seen.request_sent),
            response_received=_do_both(
                opening.response_received, seen.response_received
            ),
        )

    dressed = dress_handshake(phase.server.websocket, request)

    async def dial_observed(handler: Handler) -> Connection:
        return await _make_dial(phase, dressed, observe())(handler)

    return Subscribers(phase.load, Meter(), dial_observed, opening)


def _make_pollers(phase: Phase, request: RequestOptions) -> Party:
    uri, client = phase.server.http, phase.client
    polls = phase.carrier is Carrier.POLLING
    polling = Polling(phase.poll_interval) if polls else Polling(None, HOLD)
    show = verbose_observer(client).request_sent
    if show is not None:
        show(make_poll(uri, f"{MESSAGES}?since=0", request))

    def connect(handler: HTTPHandler) -> Awaitable[HTTPClient]:
        return open_http(uri, handler, connect_timeout=client.connect_timeout)

    return Pollers(
        phase.load,
        Meter(),
        polling,
        phase.supply.opcode,
        connect=connect,
        make_request=make_poll_maker(uri, request),
        target=uri.host_header,
        connect_timeout=client.connect_timeout,
    )


def _make_dial(phase: Phase, request: RequestOptions, observer: Observer) -> Dial:
    options = ConnectOptions(
        uri=phase.server.websocket,
        request=request,
        route=_DIRECT,
        connect_timeout=phase.client.connect_timeout,
        observer=observer,
    )
    return lambda handler: dial(options, handler)


def _do_both(
    first: Callable[[_Seen], None], second: Callable[[_Seen], None] | None
) -> Callable[[_Seen], None]:
    if second is None:
        return first

    def do(seen: _Seen) -> None:
        first(seen)
        second(seen)

    return do
