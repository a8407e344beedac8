"""The client's opening handshake on a transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from wstool.connection.endpoint import Role
from wstool.connection.handler import Handler
from wstool.connection.handshake import Agreement, ClientHandshake
from wstool.connection.options import ConnectOptions
from wstool.connection.translate import describe_os_error
from wstool.connection.transport import Connection
from wstool.errors import WstoolError


__all__ = ["Opening"]


class Opening(asyncio.Protocol):
    """
    The opening handshake on a transport.

    Once it has succeeded, the connection takes the transport over.
    """

    def __init__(
        self,
        handshake: ClientHandshake,
        options: ConnectOptions,
        handler: Handler,
        *,
        check: Callable[[asyncio.BaseTransport], None],
        translate: Callable[[OSError], WstoolError],
    ) -> None:
        """
        Prepare.

        Args:
            check: Raises a WstoolError if nothing may be sent on a transport.
            translate: Translates what ended the stream.
        """
        self.handshake = handshake
        self._check = check
        self._translate = translate
        self._options = options
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._shown = 0
        self.opened: asyncio.Future[Connection] = self._loop.create_future()
        """Gives the connection, or what went wrong."""

    def abort(self) -> None:
        """End the stream at once, also under a connection that has taken it over."""
        if not self.opened.cancel() and not self.opened.cancelled():
            # What it holds may have come too late; asked for, it isn't logged.
            self.opened.exception()
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = stream = cast(asyncio.Transport, transport)
        try:
            self._check(transport)
        except WstoolError as error:
            self._fail(error)
            stream.abort()
            return
        if self._options.observer.request_sent is not None:
            self._options.observer.request_sent(self.handshake.request)
        stream.write(self.handshake.request_bytes)

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        if self.opened.done():
            return
        try:
            done = self.handshake.receive_data(data)
        except WstoolError as error:
            self._show_responses()
            self._fail(error)
            return
        self._show_responses()
        if done and self.handshake.agreement is not None and not self.opened.done():
            self._hand_over(self.handshake.agreement)

    def eof_received(self) -> None:
        """Take the end of the stream."""
        self._fail(self.handshake.receive_eof())

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the transport."""
        if not isinstance(exc, OSError):
            self._fail(self.handshake.receive_eof())
            return
        why = f"the rest of the body did not come: {describe_os_error(exc)}"
        self._fail(self.handshake.give_up(why) or self._translate(exc))

    def _fail(self, error: WstoolError) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)

    def _show_responses(self) -> None:
        show = self._options.observer.response_received
        for response in self.handshake.responses[self._shown :]:
            if show is not None:
                show(response)
        self._shown = len(self.handshake.responses)

    def _hand_over(self, agreement: Agreement) -> None:
        if self._transport is None:
            raise AssertionError("data came without a transport")
        if self._options.observer.agreed is not None:
            self._options.observer.agreed(self.handshake.request, agreement)
        connection = Connection(
            Role.CLIENT,
            self._handler,
            self._transport,
            loop=self._loop,
            options=self._options.endpoint,
            deflate=agreement.deflate,
            subprotocol=agreement.subprotocol,
            peer=self._options.uri.host_header,
            observer=self._options.observer,
        )
        self.opened.set_result(connection)
        connection.begin(self.handshake.rest)
