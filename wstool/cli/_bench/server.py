"""The server of a bench without a URL, in a process of its own."""

from __future__ import annotations

from wstool.cli._bench.crew import Child, Link, rebuild_error, start_child
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import ListenOptions, ServerHandler, listen
from wstool.services.bench import Kind, Supply
from wstool.services.bench.source import Source
from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import ModeOptions, ModeTools


__all__ = ["start_server"]

_QUEUE_LIMIT = 64 << 20
_COMPRESS_MIN = 1024


def start_server(kind: Kind, supply: Supply) -> tuple[Child, str]:
    """
    Start a server that does what a kind of load is made for; give its URL.

    Raises:
        WstoolError: If it can't listen.
    """
    child = start_child(lambda link, _stop: _serve(kind, supply, link), [])
    message = child.pipe.recv()
    if message[0] == "failed":
        raise rebuild_error(*message[1:])
    return child, str(message[1])


async def _serve(kind: Kind, supply: Supply, link: Link) -> None:
    raise_descriptor_limit()
    handler = _make_handler(kind, supply)
    listener = await listen(handler, ListenOptions(port=0), lambda event: None)
    try:
        link.send(("listening", listener.url))
        # Ctrl-C reaches this process too, but the load's closing handshakes come first.
        await link.wait_for_end()
    finally:
        listener.abort()


def _make_handler(kind: Kind, supply: Supply) -> ServerHandler:
    if kind is Kind.RECEIVE:
        return Source(supply.opcode, supply.payloads)
    if kind is Kind.FANOUT:
        options = ModeOptions(queue_limit=_QUEUE_LIMIT, compress_min=_COMPRESS_MIN)
        nothing = ModeTools(log=lambda event: None, end=lambda error: None)
        return BroadcastMode(options, nothing)
    return EchoMode()
