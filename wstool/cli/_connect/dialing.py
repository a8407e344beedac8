"""How a conversation connects, to one server and then perhaps another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from wstool.cli._connect.facts import HandshakeLog
from wstool.cli._options import ClientArguments
from wstool.connection.options import Observer
from wstool.services.interactive import Conversation, Dial
from wstool.wire.uri import WebSocketURI


if TYPE_CHECKING:
    from wstool.connection.handler import Handler
    from wstool.connection.transport import Connection


__all__ = ["Dialer", "Home"]


class Home(NamedTuple):
    """The first server."""

    uri: WebSocketURI
    client: ClientArguments
    """The options for it; our own server needs no way that leads elsewhere."""


class Dialer:
    """
    Make what connects to a URI.

    Args:
        home: Where the user wanted to go first.
        client: The options for any other server, but for their credentials.
        note: Takes sentences for the user.
    """

    def __init__(
        self,
        home: Home,
        client: ClientArguments,
        *,
        conversation: Conversation,
        handshake: HandshakeLog,
        note: Callable[[str], None],
    ) -> None:
        self._home = home
        self._client = client
        self._conversation = conversation
        self._handshake = handshake
        self._note = note

    def make(self, uri: WebSocketURI) -> Dial:
        """Make what connects; credentials go to the first server's origin only."""
        from wstool.cli._client import make_dialer

        client = self._home.client
        if uri.origin != self._home.uri.origin:
            client = self._drop_credentials()
        inner = make_dialer(uri, client, self._make_observer(), note=self._note)

        async def dial(handler: Handler) -> Connection:
            self._handshake.clear()
            return await inner(handler)

        return dial

    def _drop_credentials(self) -> ClientArguments:
        from wstool.cli._connect.credentials import without_credentials

        client = self._client
        request, dropped = without_credentials(client.request)
        if client.tls.cert is not None:
            dropped.append("--cert")
        if dropped:
            names = ", ".join(dropped)
            self._note(f"{names}: for the first server only, so not sent to this one")
        tls = client.tls._replace(cert=None, key=None, passphrase=None)
        return client._replace(request=request, tls=tls)

    def _make_observer(self) -> Observer:
        log = self._handshake
        return Observer(
            connected=log.set_route,
            secured=log.set_tls,
            request_sent=log.add_request,
            response_received=log.add_response,
            bytes_received=self._conversation.note_received,
            bytes_sent=self._conversation.note_written,
            ping_sent=self._conversation.note_ping,
        )
