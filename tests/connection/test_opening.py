"""The opening handshake on a transport; ``dial`` tests the rest of it."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.handshake import ClientHandshake
from wstool.connection.opening import Opening
from wstool.errors import HandshakeInvalid, TLSFailed

from support.connecting import make_connect_options
from support.handshakes import KEY


class FakeTransport:
    """Keep what is written, and whether it was aborted."""

    def __init__(self):
        self.written = b""
        self.aborted = False

    def write(self, data):
        """Keep bytes."""
        self.written += data

    def abort(self):
        """Note the end."""
        self.aborted = True


def open_on(transport, *, check=lambda transport: None):
    """Begin an opening handshake on a transport."""
    options = make_connect_options()
    opening = Opening(ClientHandshake(options, KEY), options, None, check=check)
    opening.connection_made(transport)
    return opening


def test_nothing_is_sent_unchecked():
    """A transport that may not be used gets no byte."""

    def refuse(transport):
        raise TLSFailed("server", "wrong key")

    async def run():
        transport = FakeTransport()
        opening = open_on(transport, check=refuse)
        with pytest.raises(TLSFailed, match="wrong key"):
            await opening.opened
        return transport

    transport = asyncio.run(run())
    assert (transport.written, transport.aborted) == (b"", True)


def test_request():
    """A good one gets the request at once."""

    async def run():
        transport = FakeTransport()
        opening = open_on(transport)
        opening.abort()
        return transport

    transport = asyncio.run(run())
    assert transport.written.startswith(b"GET /chat HTTP/1.1\r\n")
    assert transport.aborted


def test_end_without_a_response():
    """The end of the transport ends the wait."""

    async def run():
        opening = open_on(FakeTransport())
        opening.connection_lost(None)
        with pytest.raises(HandshakeInvalid, match="without a response"):
            await opening.opened

    asyncio.run(run())
