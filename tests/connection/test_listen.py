"""Accepting connections as a server."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest

from wstool.connection.listen import ListenOptions, listen
from wstool.connection.server_event import ServerEvent
from wstool.errors import ConnectFailed
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import (
    ConnectionRecorder,
    dialed,
    echo,
    greet,
    listening,
    raw_client,
    strip_peers,
    until,
)
from support.frames import CLOSE, PING, PONG, TEXT, frame
from support.handshakes import make_request_bytes


KEY = b"\x12\x34\x56\x78"
FIN = 0x80
REQUEST = make_request_bytes()
HELLO = frame(TEXT, b"hello", masking_key=KEY)

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="ipv4"),
        pytest.param("::1", "[::1]", id="ipv6"),
    ],
)
def test_url(run, host, shown):
    """The URL is one that a client can use as it is."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with listening(recorder, host=host) as listener:
            await greet(listener)
            return listener.url, listener.address[1]

    url, port = run(scenario())
    assert url == f"ws://{shown}:{port}/"


def fail_to_listen(run, host, port):
    """Listen where that isn't possible; give the error's text."""

    async def scenario():
        options = ListenOptions(host=host, port=port)
        with pytest.raises(ConnectFailed) as caught:
            await listen(ConnectionRecorder(), options, [].append)
        return str(caught.value)

    return run(scenario())


def test_port_that_is_taken(run):
    """A port that is taken is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = fail_to_listen(run, "127.0.0.1", port)

    assert text == f"can't listen on 127.0.0.1:{port}: address already in use"


def test_address_of_another_machine(run):
    """An address that isn't this machine's is named."""
    text = fail_to_listen(run, "192.0.2.1", 1234)

    assert text == "can't listen on 192.0.2.1:1234: cannot assign requested address"


# The log.


def test_log(run):
    """The log tells who came, for what, and how each connection ended."""

    async def scenario():
        log = []
        async with (
            listening(log=log) as listener,
            raw_client(listener) as peer,
        ):
            await peer.send(
                frame(CLOSE, b"\x03\xe8bye", masking_key=KEY),
            )
            await peer.receive_until_end()
            await until(lambda: len(log) == 2)
            host, port = peer.writer.get_extra_info("sockname")
            return log, f"{host}:{port}"

    log, peer = run(scenario())
    facts = {"resource_name": "/chat?x=1", "subprotocol": None, "secure": False}
    counts = {"messages_received": 0, "bytes_received": 11, "bytes_sent": 4}
    close = {"code": 1000, "reason": "bye"}
    assert log == [
        ServerEvent("opened", peer, "/chat?x=1", facts),
        ServerEvent("closed", peer, "1000 (normal closure) bye", counts | close),
    ]


@pytest.mark.parametrize(
    ("last", "text"),
    [
        pytest.param(
            None,
            "connection lost without a close frame (1006): the peer ended the stream",
            id="end-of-stream",
        ),
        pytest.param(
            frame(CLOSE, masking_key=KEY), "no close code", id="close-without-code"
        ),
        pytest.param(
            frame(0x3, masking_key=KEY),
            "the peer broke the protocol: "
            "opcode 0x3 is reserved for further data frames (RFC 6455, 5.2)",
            id="violation",
        ),
    ],
)
def test_log_of_an_ending(run, last, text):
    """A connection's last entry says how it ended."""

    async def scenario():
        log = []
        async with (
            listening(log=log) as listener,
            raw_client(listener) as peer,
        ):
            if last is not None:
                await peer.send(last)
                await peer.receive_frames(1)
            peer.end()
            await peer.reader.read()
            await until(lambda: len(log) == 2)
        return strip_peers(log)

    assert run(scenario()) == [("opened", "/chat?x=1"), ("closed", text)]


# Keep-alive.


def test_clients_are_pinged(run_with_clock):
    """A sweep pings each client, and gives up those from which nothing comes."""

    async def scenario():
        loop = asyncio.get_running_loop()
        log = []
        async with (
            listening(log=log, ping_interval=20, ping_timeout=20) as listener,
            raw_client(listener) as good,
            raw_client(listener) as silent,
        ):
            for _ in range(4):
                await loop.put_forward(10)
                await asyncio.sleep(0.01)
                await good.send(frame(PONG, masking_key=KEY))
                await asyncio.sleep(0.01)
            await loop.put_forward(3)
            frames = await silent.receive_until_end()
            return frames, await good.receive_frames(2), strip_peers(log)[2:]

    silent, good, log = run_with_clock(scenario())
    assert silent[0] == (FIN | PING, b"")
    assert good == [(FIN | PING, b"")] * 2
    text = "timed out waiting for a pong (--ping-timeout 20 s)"
    assert log == [("closed", text)]


# The end.


def test_stop(run):
    """Stopping closes every connection with 1001 and waits for the answers."""

    async def scenario():
        log = []
        client, server = ConnectionRecorder(), ConnectionRecorder()
        async with (
            listening(server, log=log) as listener,
            dialed(listener.url, client),
            raw_client(listener, request=b"GET /") as half,
        ):
            await until(lambda: listener.connections)
            await listener.stop(grace=5)
            assert server.ending.close_received == Close(1001)
            await half.wait_for_end()
            await client.until_ended()
            with pytest.raises(ConnectFailed):
                await greet(listener)
        return client.events[:1], strip_peers(log)

    assert run(scenario()) == (
        [("close", Close(1001))],
        [("opened", "/"), ("closed", "1001 (going away)")],
    )


def test_stop_without_connections(run):
    """Without connections there is nothing to wait for."""

    async def scenario():
        async with listening() as listener:
            await listener.stop(grace=1000)

    run(scenario())


@pytest.mark.parametrize("reads", [True, False], ids=["silent", "not-reading"])
def test_stop_ends_what_does_not_answer(run, reads):
    """A client that doesn't answer has as long as the grace is, and no longer."""

    async def scenario():
        log = []
        recorder = ConnectionRecorder()
        async with (
            listening(recorder, log=log) as listener,
            raw_client(listener) as peer,
        ):
            if not reads:
                while not recorder.opened[0].writing_is_paused:
                    recorder.opened[0].send(Opcode.BINARY, [bytes(1 << 16)])
            await listener.stop(grace=0.05)
            await until(lambda: not listener.connections)
            if reads:
                frames = await peer.receive_until_end()
                assert frames == [(FIN | CLOSE, b"\x03\xe9")]
        return strip_peers(log)

    assert run(scenario()) == [
        ("opened", "/chat?x=1"),
        ("closed", "1001 (going away)"),
    ]


def test_abort(run):
    """Everything ends at once: connections, handshakes, and the listening."""

    async def scenario():
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(listening())
            peers = [
                await stack.enter_async_context(raw_client(listener, request=request))
                for request in (None, b"GET /", b"POST / HTTP/1.1\r\n\r\n")
            ]
            await until(lambda: listener.connections)
            await peers[2].receive_head()
            listener.abort()
            with pytest.raises(ConnectFailed):
                await greet(listener)
            for peer in peers:
                await peer.wait_for_end()

    run(scenario())


def test_ended_connections_are_forgotten(run):
    """A listener keeps nothing of a connection that has ended."""

    async def scenario():
        async with listening() as listener:
            for _ in range(3):
                async with raw_client(listener):
                    pass
                await until(lambda: not listener.connections)
            return len(listener.connections)

    assert run(scenario()) == 0


def test_handler_knows_of_a_connection_before_its_first_message(run):
    """``connection_opened`` comes first, also when a message came with the request."""

    async def scenario():
        known = []

        def check(connection, opcode, payloads):
            known.append(connection in recorder.opened)

        recorder = ConnectionRecorder(check)
        async with (
            listening(recorder) as listener,
            raw_client(listener, request=REQUEST + HELLO),
        ):
            await recorder.until(lambda: recorder.messages)
        return known

    assert run(scenario()) == [True]
