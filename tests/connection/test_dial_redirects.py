"""Redirects while a connection is opened: what ends, and what observers are told."""

from __future__ import annotations

import pytest

from wstool.connection.dial import dial
from wstool.connection.handshake import Agreement
from wstool.connection.options import Observer
from wstool.errors import HandshakeRefused
from wstool.wire.deflate import DeflateParams

from support.connecting import make_connect_options
from support.connections import ConnectionRecorder, dialed, listening, raw_server


pytestmark = pytest.mark.usefixtures("descriptors")


def redirecting(location, events):
    """Make a script that redirects, and takes note of request and end of stream."""
    headers = f"Location: {location}\r\nContent-Length: 0"

    async def script(peer):
        await peer.receive_head()
        events.append("request")
        await peer.send(f"HTTP/1.1 302 Found\r\n{headers}\r\n\r\n".encode())
        await peer.wait_for_end()
        events.append("end")

    return script


def test_followed(run):
    """The stream of a redirect ends; observers see each step and what is agreed on."""
    events, steps = [], []
    observer = Observer(
        request_sent=lambda request: steps.append(request.headers[0][1]),
        response_received=lambda response: steps.append(response.status),
        redirected=lambda redirect: steps.append(str(redirect.options.uri)),
        agreed=lambda request, agreement: steps.append(agreement),
    )

    async def scenario():
        async with (
            listening() as listener,
            raw_server(redirecting(listener.url, events)) as url,
            dialed(
                url,
                observer=observer,
                max_redirects=1,
                compression=True,
                client_max_window_bits=10,
            ) as (connection, _),
        ):
            return url, listener.url, connection.peer

    first, second, peer = run(scenario())
    hosts = [url.removeprefix("ws://").rstrip("/") for url in (first, second)]
    assert events == ["request", "end"]
    assert steps == [
        *(hosts[0], 302, second, hosts[1], 101),
        Agreement(None, DeflateParams(True, True, 15, 10)),
    ]
    assert peer == hosts[1]


def test_not_followed(run):
    """A redirect too many is a refusal; nothing is left open."""
    events = []

    async def scenario():
        async with raw_server(redirecting("/", events)) as url:
            options = make_connect_options(url, max_redirects=2, connect_timeout=5)
            with pytest.raises(HandshakeRefused, match="--max-redirs is 2"):
                await dial(options, ConnectionRecorder())

    run(scenario())
    assert events.count("request") == 3
