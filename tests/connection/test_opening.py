"""The client's opening handshake on a transport."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.handshake import ClientHandshake
from wstool.connection.opening import Opening
from wstool.connection.options import Observer
from wstool.connection.translate import translate_handshake_error
from wstool.errors import ConnectFailed, HandshakeInvalid, HandshakeRefused, TLSFailed

from support.connecting import make_connect_options
from support.connections import ConnectionRecorder, WrittenStream
from support.handshakes import KEY, make_head


TARGET = "server.example"


def accept(transport):
    """Have nothing against a transport."""


def open_with(script, *, check=accept, **observer):
    """Run a script with an opening on a stream; give the stream and the exception."""

    async def run():
        options = make_connect_options(observer=Observer(**observer))
        handshake = ClientHandshake(options, KEY)
        opening = Opening(
            handshake,
            options,
            ConnectionRecorder(),
            check=check,
            translate=lambda error: translate_handshake_error(error, TARGET),
        )
        stream = WrittenStream()
        opening.connection_made(stream)
        script(opening)
        done = opening.opened.done()
        error = opening.opened.exception() if done else None
        opening.abort()
        return stream, error

    return asyncio.run(run())


def test_request():
    """The request is written at once, and shown."""
    shown = []
    stream, error = open_with(lambda opening: None, request_sent=shown.append)
    assert stream.written.startswith(b"GET /chat HTTP/1.1\r\n")
    assert [request.resource_name for request in shown] == ["/chat"]
    assert (error, stream.aborted) == (None, True)


def test_transport_that_is_not_good_enough():
    """Nothing is sent on a transport that is refused."""

    def refuse(transport):
        raise TLSFailed("a", "not you")

    stream, error = open_with(lambda opening: None, check=refuse)
    assert (stream.written, stream.aborted) == (b"", True)
    assert str(error) == "TLS with a failed: not you"


HINT = make_head(status="HTTP/1.1 103 Early Hints")
REFUSAL = make_head("Content-Length: 0", status="HTTP/1.1 403 Forbidden")


@pytest.mark.parametrize(
    "pieces", [[HINT + REFUSAL], [HINT, REFUSAL], [HINT + REFUSAL[:9], REFUSAL[9:]]]
)
def test_responses(pieces):
    """Each response is shown once; what comes after the last is of no interest."""
    shown = []

    def script(opening):
        for piece in [*pieces, b"HTTP/1.1 500 More\r\n\r\n"]:
            opening.data_received(piece)

    _, error = open_with(script, response_received=shown.append)
    assert [response.status for response in shown] == [103, 403]
    assert isinstance(error, HandshakeRefused)


@pytest.mark.parametrize(
    ("lost", "kind", "text"),
    [
        pytest.param(
            None,
            HandshakeInvalid,
            "invalid handshake response: the server ended the stream without a "
            "response",
            id="end",
        ),
        pytest.param(
            ConnectionResetError(104, "Connection reset by peer"),
            ConnectFailed,
            "can't connect to server.example: connection reset by peer in the opening "
            "handshake",
            id="reset",
        ),
    ],
)
def test_lost(lost, kind, text):
    """A stream that ends too early is told, and so is why."""
    _, error = open_with(lambda opening: opening.connection_lost(lost))
    assert isinstance(error, kind)
    assert str(error) == text


def test_lost_in_a_body():
    """A refusal counts, even if the rest of its body doesn't come."""
    head = make_head("Content-Length: 9", status="HTTP/1.1 403 Forbidden")

    def script(opening):
        opening.data_received(head + b"no")
        opening.connection_lost(ConnectionResetError(104, "Connection reset by peer"))

    _, error = open_with(script)
    assert (error.status, error.detail) == (
        403,
        "no\n[the rest of the body did not come: connection reset by peer]",
    )
