"""Opening connections as a client: names, addresses, what is agreed."""

from __future__ import annotations

import asyncio
import socket

import pytest

from wstool.connection.dial import dial
from wstool.connection.options import Observer
from wstool.errors import (
    ConnectFailed,
    UsageError,
)
from wstool.wire.opcode import Opcode

from support.connecting import make_connect_options
from support.connections import (
    ConnectionRecorder,
    accept_request,
    dialed,
    listening,
    raw_server,
)
from support.frames import TEXT, frame


pytestmark = pytest.mark.usefixtures("descriptors")


def find_port(url):
    """Find the port in a URL."""
    return int(url.rstrip("/").rpartition(":")[2])


async def dial_once(url, **options):
    """Connect, which must not succeed."""
    recorder = ConnectionRecorder()
    await dial(make_connect_options(url, **options), recorder)
    raise AssertionError("it connected")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_addresses(run, host):
    """Both kinds of address work; the server sees the connection."""

    async def scenario():
        server = ConnectionRecorder(lambda connection, *batch: connection.send(*batch))
        async with (
            listening(server, host=host) as listener,
            dialed(listener.url) as (connection, client),
        ):
            connection.send(Opcode.TEXT, [b"hello"])
            await client.until(lambda: client.messages)
            return client.messages, connection.peer == listener.url[5:-1]

    assert run(scenario()) == ([b"hello"], True)


IPV4, IPV6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param([IPV6, IPV4], id="ipv6-first"),
        pytest.param([IPV4, IPV6], id="ipv4-first"),
        pytest.param([(socket.AF_APPLETALK, "1.1"), IPV4, IPV6], id="unknown-family"),
    ],
)
def test_name_with_several_addresses(run, names, host, addresses):
    """The first address that answers is taken; the others may fail."""
    names["local.example"] = addresses

    async def scenario():
        async with listening(host=host) as listener:
            url = f"ws://local.example:{listener.address[1]}/"
            async with dialed(url) as (connection, _):
                return connection.transport.get_extra_info("peername")[0]

    assert run(scenario()) == host


def test_small_messages_go_out_at_once(run):
    """The socket doesn't wait for an acknowledgement before it sends (Nagle)."""

    async def scenario():
        async with listening() as listener, dialed(listener.url) as (connection, _):
            sock = connection.transport.get_extra_info("socket")
            return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert run(scenario()) == 1


def test_frames_right_behind_the_response(run):
    """What comes in one piece with the response is handed on, and nothing twice."""

    async def script(peer):
        await accept_request(peer, behind=frame(TEXT, b"one") + frame(TEXT, b"two")[:3])
        await peer.send(frame(TEXT, b"two")[3:])
        await peer.wait_for_end()

    async def scenario():
        async with raw_server(script) as url, dialed(url) as (_, recorder):
            await recorder.until(lambda: len(recorder.events) == 2)
            return list(recorder.messages)

    assert run(scenario()) == [b"one", b"two"]


def test_response_byte_by_byte(run):
    """A response may come in any number of pieces."""

    async def script(peer):
        write, pieces = peer.send, []
        peer.send = keep = lambda data: collect(pieces, data)
        await accept_request(peer)
        assert keep is peer.send
        for byte in b"".join(pieces):
            await write(bytes([byte]))
            await asyncio.sleep(0)
        await write(frame(TEXT, b"hello"))
        await peer.wait_for_end()

    async def collect(pieces, data):
        pieces.append(data)

    async def scenario():
        async with raw_server(script) as url, dialed(url) as (_, recorder):
            await recorder.until(lambda: recorder.messages)
            return list(recorder.messages)

    assert run(scenario()) == [b"hello"]


def test_agreement(run):
    """What was agreed is known: subprotocol and compression."""

    async def scenario():
        async with (
            listening(subprotocols=("a", "b")) as listener,
            dialed(listener.url, subprotocols=("b",), compression=True) as (
                connection,
                _,
            ),
        ):
            deflater = connection.endpoint.deflater
            return connection.subprotocol, deflater.context_takeover

    assert run(scenario()) == ("b", False)


def test_observer(run):
    """An observer sees the request, every response, and the frames' bytes."""

    async def script(peer):
        await peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await accept_request(peer, behind=frame(TEXT, b"x"))
        await peer.wait_for_end()

    async def scenario():
        seen = []
        observer = Observer(
            request_sent=lambda request: seen.append(request.resource_name),
            response_received=lambda response: seen.append(response.status),
            bytes_received=seen.append,
        )
        async with (
            raw_server(script) as url,
            dialed(f"{url}path", observer=observer) as (_, recorder),
        ):
            await recorder.until(lambda: recorder.messages)
        return seen

    assert run(scenario()) == ["/path", 103, 101, frame(TEXT, b"x")]


# Failures to reach the server.


def test_refused_port(run):
    """A port where nobody listens is refused, in the system's words."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(ConnectFailed) as caught:
        run(dial_once(f"ws://127.0.0.1:{port}/"))
    text = f"can't connect to 127.0.0.1:{port}: connection refused"
    assert str(caught.value) == text


def fail_to_resolve():
    """Fail as the system's resolver does."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(
            fail_to_resolve,
            "name does not resolve: name or service not known",
            id="unknown",
        ),
        pytest.param([], "the name has no address", id="no-address"),
    ],
)
def test_name_does_not_resolve(run, names, answer, problem):
    """A name without an address says so."""
    names["bad.example"] = answer

    with pytest.raises(ConnectFailed) as caught:
        run(dial_once("ws://bad.example:1/"))
    assert str(caught.value) == f"can't connect to bad.example:1: {problem}"


def test_nothing_is_sent_with_a_bad_header(run):
    """A header that would break out of its line stops it before the connection."""

    async def scenario():
        accepted = []

        async def script(peer):
            accepted.append(peer)

        async with raw_server(script) as url:
            with pytest.raises(UsageError):
                await dial_once(url, headers=(("X-A", "1\r\nX-B: 2"),))
            # A connection that was made before this one would have been accepted.
            reader, writer = await asyncio.open_connection("127.0.0.1", find_port(url))
            await reader.read()
            writer.transport.abort()
        return len(accepted)

    assert run(scenario()) == 1
