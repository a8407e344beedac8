"""A server that speaks WebSocket and answers polls, in a process of its own."""

from __future__ import annotations

from typing import NamedTuple

from wstool.cli._bench.crew import Child, Link, rebuild_error, start_child
from wstool.connection.binding import bind
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.transport import Connection
from wstool.services.bench.polls import Polls
from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["Server", "start_versus_server"]

_HOST = "127.0.0.1"
_QUEUE_LIMIT = 64 << 20


class Server(NamedTuple):
    """A server, and where it is."""

    child: Child
    websocket: WebSocketURI
    http: WebSocketURI
    """Where polls go, without TLS."""

    def describe(self) -> str:
        """Name both places."""
        return f"{self.websocket} and http://{self.http.host_header}/"


class _Both(BroadcastMode):
    """Broadcast messages, and keep them for those who poll."""

    def __init__(self, polls: Polls) -> None:
        options = ModeOptions(queue_limit=_QUEUE_LIMIT)
        super().__init__(
            options, ModeTools(log=lambda event: None, end=lambda error: None)
        )
        self._polls = polls

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Publish messages either way."""
        self._polls.publish(payloads)
        super().batch_received(connection, opcode, payloads)


def start_versus_server(opcode: Opcode) -> Server:
    """
    Start a server.

    Raises:
        WstoolError: If it can't listen.
    """
    child = start_child(lambda link, _stop: _serve(opcode, link), [])
    message = child.pipe.recv()
    if message[0] == "failed":
        raise rebuild_error(*message[1:])
    return Server(child, parse_uri(message[1]), parse_uri(message[2]))


async def _serve(opcode: Opcode, link: Link) -> None:
    raise_descriptor_limit()
    polls = Polls(opcode)
    options = ListenOptions(port=0, compression=False)
    listener = await listen(_Both(polls), options, lambda event: None)
    try:
        # A port of its own: what answers there knows nothing of WebSocket.
        binding = await bind(polls.accept, _HOST, 0)
        try:
            link.send(("listening", listener.url, binding.describe("http")))
            # Ctrl-C reaches this process too, but the clients end first.
            await link.wait_for_end()
        finally:
            binding.close()
            polls.abort()
    finally:
        listener.abort()
